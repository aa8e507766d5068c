// The Vercel AI SDK with `@ai-sdk/openai`, which asks the Responses API.

import { createOpenAI } from "@ai-sdk/openai";
import { generateText, isStepCount, Output, streamText, tool } from "ai";
import { z } from "zod";

const getWeather = tool({
  description: "The weather in a city.",
  inputSchema: z.object({ city: z.enum(["Paris", "Rome"]) }),
  execute: async ({ city }) => `It is sunny in ${city}.`,
});

const Capital = z.object({ city: z.enum(["Paris", "Rome"]), is_large: z.boolean() });

export async function chat(baseURL, apiKey, model) {
  const openai = createOpenAI({ baseURL, apiKey });
  const { text } = await generateText({
    model: openai(model),
    prompt: "What is the capital of France?",
    maxOutputTokens: 16,
  });
  return text;
}

export async function stream(baseURL, apiKey, model) {
  const openai = createOpenAI({ baseURL, apiKey });
  const { textStream } = streamText({
    model: openai(model),
    prompt: "What is the capital of France?",
    maxOutputTokens: 16,
  });
  let text = "";
  for await (const delta of textStream) text += delta;
  return text;
}

export async function call_tool(baseURL, apiKey, model) {
  const openai = createOpenAI({ baseURL, apiKey });
  const { text } = await generateText({
    model: openai(model),
    prompt: "What is the weather in Paris?",
    tools: { getWeather },
    prepareStep: ({ stepNumber }) => ({
      toolChoice: stepNumber === 0 ? { type: "tool", toolName: "getWeather" } : "none",
    }),
    stopWhen: isStepCount(2),
    maxOutputTokens: 40,
  });
  return text;
}

export async function structure(baseURL, apiKey, model) {
  const openai = createOpenAI({ baseURL, apiKey });
  const { output } = await generateText({
    model: openai(model),
    prompt: "Describe the capital of France.",
    output: Output.object({ schema: Capital }),
    maxOutputTokens: 40,
  });
  return output.city;
}
