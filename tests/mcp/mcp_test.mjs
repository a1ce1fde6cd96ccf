// The server of `tpuscope mcp` through the protocol's official client, and what that client would never
// send, line by line.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const program = process.argv[2];
const network = fileURLToPath(new URL("../golden/plans/mlp.graph", import.meta.url));

/** Runs `body` with a client that is connected to a fresh server. */
async function connected(body) {
  const client = new Client({ name: "tpuscope-test", version: "1" });
  await client.connect(new StdioClientTransport({ command: program, args: ["mcp"] }));
  try {
    return await body(client);
  } finally {
    await client.close();
  }
}

/** The replies to lines that are sent as they are. */
function replies(lines) {
  const run = spawnSync(program, ["mcp"], { input: lines.join("\n"), encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

const textOf = (answer) => answer.content[0].text;

test("the client finds the verbs that answer as tools with a schema", () =>
  connected(async (client) => {
    assert.equal(client.getServerVersion().name, "tpuscope");
    const { tools } = await client.listTools();
    const names = tools.map((tool) => tool.name);
    for (const name of ["profile", "compare", "explain", "sweep", "diff", "list", "check"])
      assert.ok(names.includes(name), name);
    const { inputSchema } = tools.find((tool) => tool.name === "profile");
    assert.ok(inputSchema.required.includes("model"));
    assert.equal(inputSchema.properties.set.type, "array");
    // What writes files is no parameter.
    assert.ok(!("html" in inputSchema.properties) && !("force" in inputSchema.properties));
    assert.ok(!names.includes("optimize") && !names.includes("mcp"));
  }));

test("a call prints what the command line prints, and its first lines where that is long", () =>
  connected(async (client) => {
    const call = { name: "list", arguments: { kind: "models" } };
    const line = spawnSync(program, ["list", "models"], { encoding: "utf8" }).stdout;
    assert.equal(textOf(await client.callTool(call)), line);

    const short = await client.callTool({
      name: "list",
      arguments: { kind: "models", max_lines: 1 },
    });
    assert.equal(textOf(short).split("\n")[0], line.split("\n")[0]);
    assert.match(textOf(short), /\.\.\. 1 of \d+ lines; max_lines gives more/);
  }));

test("a network is profiled with the flags that a call names, as a text or as the report", () =>
  connected(async (client) => {
    const profile = (more) =>
      client.callTool({ name: "profile", arguments: { model: network, ...more } });
    const time = async (more) =>
      JSON.parse(textOf(await profile({ json: true, ...more }))).summary.time_ps;
    assert.ok((await time({ precision: "f32" })) > (await time({ precision: "f16" })));
    assert.match(textOf(await profile({})), /ms|µs|us/);
  }));

test("errors of a call are the program's words and leave the server running", () =>
  connected(async (client) => {
    const wrong = await client.callTool({
      name: "profile",
      arguments: { model: network, chip: "bm9999" },
    });
    assert.ok(wrong.isError);
    assert.match(textOf(wrong), /bm9999/);
    const missing = await client.callTool({ name: "profile", arguments: { model: "--html" } });
    assert.ok(missing.isError);
    assert.ok(!(await client.callTool({ name: "list", arguments: { kind: "chips" } })).isError);
  }));

test("tools and parameters that are not there are errors of the protocol with a suggestion", () =>
  connected(async (client) => {
    const call = (name, args) => client.callTool({ name, arguments: args });
    await assert.rejects(call("profil", { model: network }), /profile/);
    await assert.rejects(call("profile", { model: network, precison: "f16" }), /precision/);
    await assert.rejects(call("profile", { model: 7, set: { a: 1 } }), /set/);
    await assert.rejects(call("profile", { model: network, html: "x.html" }), /html/);
  }));

test("lines that are no requests are answered with JSON-RPC's codes; notifications with nothing", () => {
  const [noJson, noMethod, tooLong, ping] = replies([
    "{",
    '{"jsonrpc":"2.0","id":2}',
    '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    "",
    " ".repeat(2 << 20),
    '{"jsonrpc":"2.0","id":"p","method":"ping"}',
  ]);
  assert.equal(noJson.error.code, -32700);
  assert.equal(noMethod.error.code, -32600);
  assert.equal(noMethod.id, 2);
  assert.equal(tooLong.error.code, -32600);
  assert.deepEqual(ping, { jsonrpc: "2.0", id: "p", result: {} });
  const [unknown] = replies(['{"jsonrpc":"2.0","id":1,"method":"tools/drop"}']);
  assert.equal(unknown.error.code, -32601);
});

test("an older protocol that is known is kept, an unknown one is answered with the newest", () => {
  const version = (protocolVersion) =>
    replies([
      JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion } }),
    ])[0].result.protocolVersion;
  assert.equal(version("2024-11-05"), "2024-11-05");
  assert.equal(version("1999-01-01"), "2025-06-18");
});
