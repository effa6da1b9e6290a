import { describe, expect, test, vi } from "vitest";
import type { EffectivePolicy, FeatureName } from "../../src/pipeline/policy.ts";
import type { FeatureStage } from "../../src/pipeline/stage.ts";
import { FieldList } from "../../src/http/fields.ts";
import { declined, FakeBody, fieldsOf, run, stage, textOf } from "./fakes.ts";
import { asFeatureStage } from "../../src/feature/stages.ts";
import { cacheFeature } from "../../src/features/cache/feature.ts";

const refusal = {
  kind: "respond",
  reason: "no",
  response: { status: 403, fields: [], content: "no" },
} as const;

const cache = asFeatureStage(cacheFeature, {});

/** Refuses all whose policy says so. */
const gate: FeatureStage = stage("gate", {
  feature: "access",
  guards: (policy) => policy !== "open",
  onRequest: (_exchange, policy) =>
    policy === "closed" ? refusal : { kind: "ineligible", reason: "fine" },
});

type Policies = Readonly<Record<string, Partial<Record<FeatureName, EffectivePolicy>>>>;

const is = (policy: unknown, mode: EffectivePolicy["mode"] = "enforce"): EffectivePolicy => ({
  mode,
  policy,
  rule: "r",
});
const OPEN = is("open");
const ON = is("on");

/** Runs a request for /pub by the policies of each address. */
function runAt(stages: readonly FeatureStage[], policies: Policies, status = 200) {
  return run([...stages, cache], {
    request: { target: "/pub" },
    policiesFor: (exchange, target = exchange.target) => {
      const at = policies[target] ?? {};
      return (feature) => at[feature] ?? (feature === "access" ? OPEN : ON);
    },
    origin: async ({ target }) => ({
      status: target === "/pub" ? status : 200,
      fields: FieldList.from(["content-type", "text/plain", "cache-control", "public, max-age=60"]),
      body: new FakeBody([`at ${target}`]),
    }),
  });
}

/** Wants /other, by what the request says or once the head of the page is known. */
const byRequest = stage("wants", {
  feature: "markdown",
  onRequest: () => ({ kind: "forward", reason: "x", target: "/other" }),
  onResponse: () => declined,
});
const byReask = stage("wants", {
  feature: "markdown",
  onRequest: () => ({ kind: "forward", reason: "x" }),
  onOriginHead: (_head, _exchange, _policy, asked) =>
    asked.includes("/other") ? undefined : { reason: "again", target: "/other" },
  onResponse: () => declined,
});

describe.each([
  ["a request that is forwarded to", byRequest],
  ["a head that makes a stage ask again for", byReask],
])("%s another address", (_, wants) => {
  test("gets it by that address's rules", async () => {
    const { answer } = await runAt([gate, wants], {});
    expect(await textOf(answer)).toBe("at /other");
    expect(fieldsOf(answer)["cache-control"]).toBe("public, max-age=60");
  });

  test("gets nothing from there if a guard refuses the client there", async () => {
    const { answer, asked } = await runAt([gate, wants], { "/other": { access: is("closed") } });
    expect(await textOf(answer)).toBe("at /pub");
    expect(asked.map(({ target }) => target)).not.toContain("/other");
  });

  test("gets nothing from there if the feature is off there, or only watched", async () => {
    for (const mode of ["off", "observe"] as const) {
      const { answer, asked } = await runAt([gate, wants], {
        "/other": { markdown: is("on", mode) },
      });
      expect(await textOf(answer)).toBe("at /pub");
      expect(asked).toHaveLength(1);
    }
  });

  test("is private if the guard lets this client pass and refuses others", async () => {
    const { answer } = await runAt([gate, wants], { "/other": { access: is("some") } });
    expect(await textOf(answer)).toBe("at /other");
    expect(fieldsOf(answer)["cache-control"]).toBe("private, no-store");
  });

  test("is as any answer if the guard says the same of both addresses", async () => {
    const some = is("some");
    const { answer } = await runAt([gate, wants], {
      "/other": { access: some },
      "/pub": { access: some },
    });
    expect(fieldsOf(answer)["cache-control"]).toBe("public, max-age=60");
  });

  test("leaves out every feature that is less at that address", async () => {
    const onResponse = vi.fn(() => declined);
    const last = stage("last", { feature: "compression", onResponse });
    for (const there of [is("on", "off"), is("on", "observe"), is("other")]) {
      await runAt([gate, wants, last], { "/other": { compression: there } });
      expect(onResponse).not.toHaveBeenCalled();
    }
    await runAt([gate, wants, last], {});
    expect(onResponse).toHaveBeenCalledOnce();
  });

  test("is refused by a guard that fails closed, and skips one that fails", async () => {
    const failing = { ...gate, onRequest: () => Promise.reject(new Error("away")) };
    const { answer, failures } = await runAt([failing, wants], {
      "/pub": { access: is("x", "off") },
    });
    expect(failures).toContain("access request");
    expect(await textOf(answer)).toBe("at /other");
    const refusing = { ...failing, whenFailed: () => refusal };
    const closed = await runAt([refusing, wants], { "/pub": { access: is("x", "off") } });
    expect(await textOf(closed.answer)).toBe("at /pub");
  });
});

test("another target that a stage requests is fetched under the rules for that target", async () => {
  const wants = stage("wants", {
    feature: "markdown",
    onRequest: () => ({
      kind: "forward",
      reason: "x",
      target: "/other",
      otherwise: { target: "/third" },
    }),
    onResponse: () => declined,
  });
  const closed = { access: is("closed") };
  const one = await runAt([gate, wants], { "/other": closed });
  expect(await textOf(one.answer)).toBe("at /third");
  const none = await runAt([gate, wants], { "/other": closed, "/third": closed });
  expect(await textOf(none.answer)).toBe("at /pub");
});

test("markdown that was made of a page that is now refused is not sent", async () => {
  const wants = stage("wants", {
    feature: "markdown",
    onRequest: () => ({
      kind: "forward",
      reason: "x",
      reusable: {
        target: "/other",
        isFresh: true,
        response: () => ({ status: 200, fields: [], content: "held" }),
      },
    }),
    onResponse: () => declined,
  });
  expect(await textOf((await runAt([gate, wants], {})).answer)).toBe("held");
  for (const policy of ["closed", "some"]) {
    const { answer } = await runAt([gate, wants], { "/other": { access: is(policy) } });
    expect(await textOf(answer)).toBe("at /pub");
  }
});
