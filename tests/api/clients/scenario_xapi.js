// @xapi/xapi, the maintained client of browsers and Node.
"use strict";
const assert = require("node:assert/strict");
const { randomUUID, createHash } = require("node:crypto");
const XAPI = require("@xapi/xapi").default || require("@xapi/xapi");

const version = process.env.XAPI_VERSION || "1.0.3";
const xapi = new XAPI({
  endpoint: process.env.XAPI_ENDPOINT,
  auth: XAPI.toBasicAuth(process.env.XAPI_KEY, process.env.XAPI_SECRET),
  version,
  adapter: "fetch", // in Node its other one sends attachments as application/octet-stream
});
const registration = randomUUID();
const agent = { objectType: "Agent", account: { homePage: "http://example.com", name: randomUUID() } };
const activityId = `http://example.com/activities/${randomUUID()}`;
const ids = (answer) => answer.data.statements.map((one) => one.id);

const statement = (verb, more = {}) => ({
  actor: agent, verb: XAPI.Verbs[verb], context: { registration },
  object: { objectType: "Activity", id: activityId, definition: { name: { en: "A film" } } }, ...more,
});

async function statements() {
  const [one] = (await xapi.sendStatement({ statement: statement("INITIALIZED") })).data;
  const more = (await xapi.sendStatements({
    statements: [statement("PROGRESSED"), statement("COMPLETED")],
  })).data;
  const all = [one, ...more].reverse();
  const read = (await xapi.getStatement({ statementId: one })).data;
  assert.equal(read.verb.id, XAPI.Verbs.INITIALIZED.id);
  assert.deepEqual(ids(await xapi.getStatements({ agent })), all);
  assert.deepEqual(ids(await xapi.getStatements({ agent, ascending: true })), [...all].reverse());
  assert.deepEqual(ids(await xapi.getStatements({ agent, verb: XAPI.Verbs.COMPLETED.id })), [all[0]]);
  assert.deepEqual(ids(await xapi.getStatements({ activity: activityId, related_activities: true })), all);
  assert.deepEqual(ids(await xapi.getStatements({ agent, related_agents: true })), all);
  assert.deepEqual(ids(await xapi.getStatements({ registration })), all);
  assert.deepEqual(ids(await xapi.getStatements({ agent, since: read.stored })), all.slice(0, 2));
  assert.deepEqual(ids(await xapi.getStatements({ agent, until: read.stored })), [one]);
  assert.deepEqual(ids(await xapi.getStatements({ agent, format: "ids" })), all);
  const first = (await xapi.getStatements({ agent, limit: 2 })).data;
  const rest = (await xapi.getMoreStatements({ more: first.more })).data;
  assert.deepEqual([...first.statements, ...rest.statements].map((found) => found.id), all);

  await xapi.voidStatement({ actor: agent, statementId: one });
  await assert.rejects(xapi.getStatement({ statementId: one }));
  assert.equal((await xapi.getVoidedStatement({ voidedStatementId: one })).data.id, one);
}

async function attachments() {
  const content = new TextEncoder().encode("a drawing in words").buffer;
  const sha2 = createHash("sha256").update(Buffer.from(content)).digest("hex");
  const attachment = {
    usageType: "http://example.com/usage", display: { en: "Text" }, contentType: "text/plain",
    length: content.byteLength, sha2,
  };
  const [id] = (await xapi.sendStatement({
    statement: statement("ANSWERED", { attachments: [attachment] }), attachments: [content],
  })).data;
  const parts = (await xapi.getStatement({ statementId: id, attachments: true })).data;
  assert.equal(parts[0].id, id);
  assert.equal(parts[1], "a drawing in words");
}

async function documents() {
  const place = { agent, activityId, registration, stateId: "place" };
  await xapi.setState({ ...place, state: { page: 3 } });
  await xapi.createState({ ...place, state: { line: 5 } });
  assert.deepEqual((await xapi.getState(place)).data, { page: 3, line: 5 });
  assert.deepEqual((await xapi.getStates({ agent, activityId, registration })).data, ["place"]);
  await xapi.deleteState(place);
  await xapi.deleteStates({ agent, activityId, registration });
  await assert.rejects(xapi.getState(place));

  const seen = { activityId, profileId: "seen" };
  await xapi.createActivityProfile({ ...seen, profile: { times: 1 } });
  const { headers } = await xapi.getActivityProfile(seen);
  await xapi.setActivityProfile({ ...seen, profile: { times: 2 }, etag: headers.etag, matchHeader: "If-Match" });
  assert.deepEqual((await xapi.getActivityProfile(seen)).data, { times: 2 });
  assert.deepEqual((await xapi.getActivityProfiles({ activityId })).data, ["seen"]);
  const now = (await xapi.getActivityProfile(seen)).headers.etag;
  await xapi.deleteActivityProfile({ ...seen, etag: now });

  const likes = { agent, profileId: "likes" };
  await xapi.createAgentProfile({ ...likes, profile: { tea: true } });
  assert.deepEqual((await xapi.getAgentProfile(likes)).data, { tea: true });
  assert.deepEqual((await xapi.getAgentProfiles({ agent })).data, ["likes"]);
  await xapi.deleteAgentProfile({ ...likes, etag: (await xapi.getAgentProfile(likes)).headers.etag });
}

async function others() {
  assert.ok((await xapi.getAbout()).data.version.includes("2.0.0"));
  assert.equal((await xapi.getActivity({ activityId })).data.definition.name.en, "A film");
  assert.deepEqual((await xapi.getAgent({ agent })).data.account, [agent.account]);
}

(async () => {
  for (const part of [statements, attachments, documents, others]) await part();
  console.log("passed");
})().catch((error) => {
  const answer = error.response && (error.response.data || error.response.status);
  console.error(error.message, answer || "", error.stack);
  process.exit(1);
});
