// TinCanJS, as thousands of authored courses carry it: what it sends and reads must work unchanged.
"use strict";
const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const TinCan = require("tincanjs");

const lrs = new TinCan.LRS({
  endpoint: process.env.XAPI_ENDPOINT,
  username: process.env.XAPI_KEY,
  password: process.env.XAPI_SECRET,
  version: process.env.XAPI_VERSION || undefined,
  allowFail: false,
});
const registration = randomUUID();
const agent = new TinCan.Agent({ mbox: `mailto:${randomUUID()}@example.com`, name: "Learner" });
const activity = new TinCan.Activity({
  id: `http://example.com/activities/${randomUUID()}`,
  definition: { name: { "en-US": "A quiz" }, type: "http://adlnet.gov/expapi/activities/assessment" },
});

const called = (method, ...given) =>
  new Promise((resolve, reject) => {
    const settings = given.pop();
    lrs[method](...given, {
      ...settings,
      callback: (error, answer) => {
        const tolerated = settings.missing && error === 404;
        if (error && !tolerated) reject(new Error(`${method}: ${error} ${answer && answer.responseText}`));
        else resolve(tolerated ? null : answer);
      },
    });
  });

function statement(verb, more = {}) {
  return new TinCan.Statement({
    actor: agent, verb: { id: `http://adlnet.gov/expapi/verbs/${verb}`, display: { und: verb } },
    target: activity, context: { registration }, ...more,
  });
}

async function statements() {
  const one = statement("initialized");
  await called("saveStatement", one, {});
  const many = ["experienced", "answered", "completed"].map((verb) => statement(verb));
  await called("saveStatements", many, {});
  const read = await called("retrieveStatement", one.id, {});
  assert.equal(read.verb.id, one.verb.id);
  assert.ok(read.stored);

  const found = async (params) => (await called("queryStatements", { params })).statements.map((s) => s.id);
  const all = [...many].reverse().concat(one).map((s) => s.id);
  assert.deepEqual(await found({ agent }), all);
  assert.deepEqual(await found({ agent, ascending: true }), [...all].reverse());
  assert.deepEqual(await found({ agent, verb: one.verb }), [one.id]);
  assert.deepEqual(await found({ activity }), all);
  assert.deepEqual(await found({ activity, related_activities: true }), all);
  assert.deepEqual(await found({ agent, related_agents: true }), all);
  assert.deepEqual(await found({ registration }), all);
  assert.deepEqual(await found({ agent, since: read.stored }), all.slice(0, 3));
  assert.deepEqual(await found({ agent, until: read.stored }), [one.id]);

  const seen = [];
  let page = await called("queryStatements", { params: { agent, limit: 2 } });
  for (;;) {
    seen.push(...page.statements.map((s) => s.id));
    if (!page.more) break;
    page = await called("moreStatements", { url: page.more });
  }
  assert.deepEqual(seen, all);
  return one;
}

async function voiding(one) {
  const voids = new TinCan.Statement({
    actor: agent, verb: { id: "http://adlnet.gov/expapi/verbs/voided" },
    target: { objectType: "StatementRef", id: one.id },
  });
  await called("saveStatement", voids, {});
  assert.equal(await called("retrieveStatement", one.id, { missing: true }), null);
  assert.equal((await called("retrieveVoidedStatement", one.id, {})).id, one.id);
}

async function attachments() {
  const content = "a picture in words";
  const carrying = statement("attempted", {
    attachments: [{
      display: { "en-US": "Text" }, usageType: "http://example.com/usage", contentType: "text/plain",
      content: Buffer.from(content).buffer.slice(0),
    }],
  });
  const bytes = new TextEncoder().encode(content);
  carrying.attachments[0].setContent(bytes.buffer);
  await called("saveStatement", carrying, {});
  const { statements: [read] } = await called("queryStatements", { params: { agent, limit: 1, attachments: true } });
  assert.equal(read.attachments[0].getContentAsString(), content);
}

async function documents() {
  const stored = { agent, activity, registration, contentType: "application/json" };
  await called("saveState", "place", { page: 3 }, stored);
  const state = await called("retrieveState", "place", { agent, activity, registration });
  assert.deepEqual(state.contents, { page: 3 });
  const states = await called("retrieveStateIds", { agent, activity, registration });
  assert.deepEqual(states, ["place"]);
  await called("dropState", "place", { agent, activity, registration });
  assert.equal(await called("retrieveState", "place", { agent, activity, registration }), null);

  await called("saveActivityProfile", "seen", "yes", { activity, contentType: "text/plain" });
  const seen = await called("retrieveActivityProfile", "seen", { activity });
  assert.equal(seen.contents, "yes");
  await called("saveActivityProfile", "seen", "no", { activity, contentType: "text/plain", lastSHA1: seen.etag.replace(/"/g, "") });
  await called("dropActivityProfile", "seen", { activity });

  await called("saveAgentProfile", "likes", { tea: true }, { agent, contentType: "application/json" });
  assert.deepEqual((await called("retrieveAgentProfile", "likes", { agent })).contents, { tea: true });
  await called("dropAgentProfile", "likes", { agent });
}

async function others() {
  const about = await called("about", {});
  assert.ok(about.version.includes("1.0.3"));
  const known = await called("retrieveActivity", activity.id, {});
  assert.equal(known.definition.name["en-US"], "A quiz");
}

(async () => {
  const one = await statements();
  await voiding(one);
  await attachments();
  await documents();
  await others();
  console.log("passed");
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
