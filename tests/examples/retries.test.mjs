// How to test a program in JavaScript: with Node's own test runner, and nothing to install.
//
// A server runs meanwhile:
//     fake-llm-server serve --load first_use --any-model --control-key secret
//     FAKE_LLM_CONTROL=http://localhost:8080/fake-llm/v1 FAKE_LLM_CONTROL_KEY=secret node --test

import assert from "node:assert/strict";
import { test } from "node:test";

/** The program under test: it waits as long as it is told to, and asks again. */
async function askPatiently(question, { baseUrl, apiKey }, sleep) {
  for (;;) {
    const answered = await fetch(`${baseUrl}/responses`, {
      method: "POST",
      headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
      body: JSON.stringify({ model: "gpt-4o-mini", input: question }),
    });
    const body = await answered.json();
    if (answered.ok) return body.output.flatMap((item) => item.content).map((part) => part.text).join("");
    if (answered.status !== 429) throw new Error(body.error.message);
    await sleep(Number(answered.headers.get("retry-after")));
  }
}

/** One operation of the control API. */
async function control(method, path, document) {
  const answered = await fetch(process.env.FAKE_LLM_CONTROL + path, {
    method,
    headers: {
      Authorization: `Bearer ${process.env.FAKE_LLM_CONTROL_KEY}`,
      "Content-Type": "application/json",
    },
    body: document && JSON.stringify(document),
  });
  const body = await answered.json();
  assert.ok(answered.ok, body.error?.message);
  return body;
}

/** Runs a test with a scope of its own, and fails it where its script wasn't used up. */
function testWithScope(name, document, run) {
  test(name, async () => {
    const scope = await control("POST", "/scopes", document);
    await run({ baseUrl: scope.base_url, apiKey: scope.api_key, path: `/scopes/${scope.api_key}` });
    const { faults } = await control("DELETE", `/scopes/${scope.api_key}`);
    assert.deepEqual(faults, []);
  });
}

testWithScope(
  "it waits as long as it is told",
  { script: [{ status: 429, retry_after: 20 }, "It is sunny."] },
  async (scope) => {
    const waits = [];
    const answer = await askPatiently("Weather?", scope, async (seconds) => waits.push(seconds));
    assert.equal(answer, "It is sunny.");
    assert.deepEqual(waits, [20]);
    const { data } = await control("GET", `${scope.path}/calls`);
    assert.deepEqual(data.map((call) => call.status), [429, 200]);
  },
);

testWithScope(
  "it doesn't try again with a key that is refused",
  { strict: true, when: [{ user: { regex: "weather", flags: "i" }, then: 401 }] },
  async (scope) => {
    await assert.rejects(askPatiently("Weather?", scope, () => assert.fail("it waited")));
  },
);
