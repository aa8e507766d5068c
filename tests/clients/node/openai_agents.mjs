// OpenAI's Agents SDK for JavaScript, over the Responses API.

import { Agent, OpenAIResponsesModel, run, setTracingDisabled, tool } from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";

setTracingDisabled(true);

const capital = z.object({ city: z.enum(["Paris", "Rome"]), isLarge: z.boolean() });

const getWeather = tool({
  name: "get_weather",
  description: "The weather in a city.",
  parameters: z.object({ city: z.enum(["Paris", "Rome"]) }),
  execute: async ({ city }) => `It is sunny in ${city}.`,
});

function createAgent(baseURL, apiKey, model, options) {
  const client = new OpenAI({ baseURL, apiKey });
  return new Agent({
    name: "Guide",
    instructions: "Answer briefly.",
    model: new OpenAIResponsesModel(client, model),
    modelSettings: { maxTokens: 200 },
    ...options,
  });
}

export async function chat(baseURL, apiKey, model) {
  const { finalOutput } = await run(createAgent(baseURL, apiKey, model), "Hi");
  return finalOutput;
}

export async function stream(baseURL, apiKey, model) {
  const running = await run(createAgent(baseURL, apiKey, model), "Hi", { stream: true });
  let text = "";
  for await (const piece of running.toTextStream()) text += piece;
  return text;
}

export async function call_tool(baseURL, apiKey, model) {
  const agent = createAgent(baseURL, apiKey, model, {
    tools: [getWeather],
    modelSettings: { maxTokens: 200, toolChoice: "required" },
  });
  const { finalOutput } = await run(agent, "What is the weather in Paris?");
  return finalOutput;
}

export async function structure(baseURL, apiKey, model) {
  const agent = createAgent(baseURL, apiKey, model, { outputType: capital });
  const { finalOutput } = await run(agent, "Describe the capital of France.");
  return finalOutput.city;
}
