// OpenAI's client for JavaScript: chat completions and responses.

import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const WEATHER_TOOL = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city.",
    parameters: {
      type: "object",
      properties: { city: { type: "string", enum: ["Paris", "Rome"] } },
      required: ["city"],
      additionalProperties: false,
    },
    strict: true,
  },
};

const Capital = z.object({ city: z.enum(["Paris", "Rome"]), is_large: z.boolean() });

export async function chat(baseURL, apiKey, model) {
  const client = new OpenAI({ baseURL, apiKey });
  const messages = [{ role: "user", content: "What is the capital of France?" }];
  const answer = await client.chat.completions.create({ model, messages, max_tokens: 12 });
  return answer.choices[0].message.content;
}

export async function stream(baseURL, apiKey, model) {
  const client = new OpenAI({ baseURL, apiKey });
  const events = client.responses.stream({ model, input: "What is the capital of France?", max_output_tokens: 16 });
  let text = "";
  for await (const event of events) {
    if (event.type === "response.output_text.delta") text += event.delta;
  }
  return text;
}

export async function call_tool(baseURL, apiKey, model) {
  const client = new OpenAI({ baseURL, apiKey });
  const messages = [{ role: "user", content: "What is the weather in Paris?" }];
  const tools = [WEATHER_TOOL];
  const asked = await client.chat.completions.create({
    model,
    messages,
    tools,
    tool_choice: "required",
    parallel_tool_calls: false,
    max_tokens: 40,
  });
  const message = asked.choices[0].message;
  const { city } = JSON.parse(message.tool_calls[0].function.arguments);
  const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: `It is sunny in ${city}.` };
  const answer = await client.chat.completions.create({ model, messages: [...messages, message, result], max_tokens: 12 });
  return answer.choices[0].message.content;
}

export async function structure(baseURL, apiKey, model) {
  const client = new OpenAI({ baseURL, apiKey });
  const answer = await client.chat.completions.parse({
    model,
    messages: [{ role: "user", content: "Describe the capital of France." }],
    response_format: zodResponseFormat(Capital, "capital"),
    max_tokens: 40,
  });
  return answer.choices[0].message.parsed.city;
}
