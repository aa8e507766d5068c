// The Vercel AI SDK's agent and an object: without a limit of tokens, a forced call or bounds in a schema.

import { createOpenAI } from "@ai-sdk/openai";
import { generateText, Output, tool, ToolLoopAgent } from "ai";
import { z } from "zod";

const getWeather = tool({
  description: "The weather in a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `It is sunny in ${city}.`,
});

const Person = z.object({ name: z.string(), age: z.number().int() });

export async function call_tool(baseURL, apiKey, model) {
  const openai = createOpenAI({ baseURL, apiKey });
  const agent = new ToolLoopAgent({ model: openai(model), tools: { getWeather } });
  const { text } = await agent.generate({ prompt: "What is the weather in Paris?" });
  return text;
}

export async function structure(baseURL, apiKey, model) {
  const openai = createOpenAI({ baseURL, apiKey });
  const { output } = await generateText({
    model: openai(model),
    prompt: "Ada Lovelace is 36 years old. Write her name and her age as JSON.",
    output: Output.object({ schema: Person }),
  });
  return output;
}
