import * as fc from "fast-check";
import { parseDictionary as parseElsewhere, serializeDictionary } from "structured-headers";
import { describe, expect, test } from "vitest";
import { fieldComponent } from "../../../src/agent/web-bot-auth/field-components.ts";
import { generateKeys, verifyMessage } from "../../../src/agent/web-bot-auth/index.ts";
import { freshFor } from "../../../src/agent/web-bot-auth/directory-lifetime.ts";
import { parseDictionary } from "../../../src/agent/web-bot-auth/structured-field.ts";
import { mutate, seeded } from "../../fuzz/mutate.ts";
import { makeSubjects } from "../../fuzz/subjects.ts";
import { AGENT, DIRECTORY_URL, NOW, directories, message, signAs } from "./fixtures.ts";

fc.configureGlobal({ seed: 20_261_121, numRuns: 300 });

const keys = await generateKeys();
const subjects = await makeSubjects();
const SF = new Map([["sf", { type: "boolean", value: true, text: "?1" }]] as const);

const key = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,8}$/);
// No Decimals without a fraction: the other library writes 1.0 as an Integer.
const bareItem = fc.oneof(
  fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }).map(String),
  fc
    .tuple(
      fc.integer({ min: -999_999_999_999, max: 999_999_999_999 }),
      fc.stringMatching(/^\d{0,2}[1-9]$/),
    )
    .map(([whole, fraction]) => `${whole}.${fraction}`),
  fc.stringMatching(/^[ !#-[\]-~]{0,12}$/).map((text) => `"${text}"`),
  fc.stringMatching(/^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]{0,8}$/),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => `:${Buffer.from(bytes).toString("base64")}:`),
  fc.constantFrom("?0", "?1"),
);
const params = fc
  .uniqueArray(fc.tuple(key, fc.option(bareItem)), { maxLength: 3, selector: ([name]) => name })
  .map((all) =>
    all.map(([name, value]) => `;${name}${value === null ? "" : `=${value}`}`).join(""),
  );
const item = fc.tuple(bareItem, params).map((parts) => parts.join(""));
const member = fc.oneof(
  item,
  fc
    .tuple(fc.array(item, { maxLength: 3 }), params)
    .map(([items, rest]) => `(${items.join(" ")})${rest}`),
);
const dictionary = fc
  .uniqueArray(fc.tuple(key, member), { maxLength: 4, selector: ([name]) => name })
  .map((members) => members.map(([name, value]) => `${name}=${value}`).join(", "));

describe("Structured Fields", () => {
  test("are serialised as another library does", () => {
    fc.assert(
      fc.property(dictionary, (text) => {
        const ours = fieldComponent(text, "signature-input", SF);
        const theirs = serializeDictionary(parseElsewhere(text));
        expect(ours).toEqual(theirs);
      }),
    );
  });

  test("that another library refuses are refused", () => {
    fc.assert(
      fc.property(
        dictionary,
        fc.nat(),
        fc.string({ unit: "binary-ascii", maxLength: 2 }),
        (text, at, noise) => {
          const cut = at % (text.length + 1);
          const mutant = text.slice(0, cut) + noise + text.slice(cut + 1);
          let refused = false;
          try {
            parseElsewhere(mutant);
          } catch {
            refused = true;
          }
          // A Date must be followed by white space there: stricter than RFC 9651 §4.2.9.
          fc.pre(!mutant.includes("@"));
          const ours = parseDictionary(mutant, Infinity, Infinity);
          expect(refused && ours.kind === "parsed").toBe(false);
        },
      ),
    );
  });

  test("are the same once serialised", () => {
    fc.assert(
      fc.property(dictionary, (text) => {
        const once = fieldComponent(text, "signature-input", SF);
        const twice = typeof once === "string" && fieldComponent(once, "signature-input", SF);
        expect(twice).toEqual(once);
      }),
    );
  });
});

describe("the verifier", () => {
  test("never throws, and verifies nothing that is noise", async () => {
    const noise = fc.option(fc.string({ unit: "binary" }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(noise, noise, noise, async (input, signature, agent) => {
        const { keys: source, asked } = directories({ [DIRECTORY_URL]: keys.directory });
        const fields = { "signature-input": input, signature, "signature-agent": agent };
        const verdict = await verifyMessage(message(fields), source, { now: NOW, ...source });
        expect(verdict.verdict).not.toBe("verified");
        expect(asked).toEqual([]);
      }),
    );
  });

  test("verifies no mutant that the oracle refuses", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const triple = mutate(subjects.pool, seeded(seed));
        const verdict = await subjects.verify(triple);
        const label = verdict.verdict === "verified" ? verdict.label : undefined;
        expect(label === undefined || subjects.oracle(triple, label)).toBe(true);
      }),
    );
  });

  test("verifies whatever an honest agent signs", async () => {
    const token = fc
      .stringMatching(/^[a-z][a-z0-9-]{0,10}$/)
      .filter((name) => !name.startsWith("sign"));
    const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
    const extra = fc.uniqueArray(fc.tuple(token, value), {
      maxLength: 6,
      selector: ([name]) => name,
    });
    const path = fc.webPath();
    const form = fc.constantFrom("dictionary" as const, "legacy" as const);
    const { keys: source } = directories({ [DIRECTORY_URL]: keys.directory });
    await fc.assert(
      fc.asyncProperty(extra, path, form, async (pairs, target, wire) => {
        const fields = Object.fromEntries(pairs);
        const url = new URL(`https://site.example${target}`).href;
        const cover = ["@target-uri", "@path", "@query", ...Object.keys(fields)];
        const signed = await signAs(keys, { form: wire, cover, agent: AGENT }, { url, fields });
        const received = message({ ...fields, ...signed }, { url });
        const verdict = await verifyMessage(received, source, { now: NOW, ...source });
        expect(verdict.reason).toBe("ok");
      }),
      { numRuns: 100 },
    );
  });
});

const read = (text: string) => fieldComponent(text, "sec-ch-ua-platform", SF);

test("display strings are serialised strictly", () => {
  expect(read('%"f%c3%bc%41 %25%22~"')).toBe('%"f%c3%bcA %25%22~"');
  for (const broken of ['%"%C3"', '%"%c3"', '%"é"', '%"a', "%a", '%"%g0"']) {
    expect(read(broken)).toHaveProperty("reason");
  }
});

test("a directory is fresh for a minute to a day, whatever its fields say", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[ -~]*$/),
      fc.stringMatching(/^[ -~]*$/),
      (control, expires) => {
        const fields = new Headers({ "cache-control": control, expires });
        const seconds = freshFor(fields, NOW);
        expect(seconds >= 60 && seconds <= 86_400).toBe(true);
      },
    ),
  );
});
