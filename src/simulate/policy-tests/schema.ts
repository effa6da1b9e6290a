import * as v from "valibot";
import { wholeNumber } from "../../http/schemas.ts";
import type { FeatureDefinition, FeatureList } from "../../feature/define.ts";
import { oneName, type Nothing } from "../../rules/feature-settings.ts";
import { parseFile, type Parsed } from "../../rules/parse.ts";
import { parseAddress, EVIDENCE_VALUES } from "../facts.ts";

const name = v.pipe(v.string(), v.minLength(1));

const headers = v.optional(v.record(name, v.string()), {});

const details = {
  /** The mode that applies; with "observe", the action is the one that would be taken. */
  mode: v.optional(v.picklist(["off", "observe", "enforce"])),
  /** Name of the rule that decides, "defaults" or "built-in". */
  rule: v.optional(name),
  /** The reason of the stage's last decision, see docs/life-of-a-request.md. */
  reason: v.optional(name),
};

/** The schema of an expectation: an action of the feature, no action, or "off". */
const expected = ({ actions, none }: FeatureDefinition) => {
  const action = v.optional(v.picklist([...Object.keys(actions), none.name, "off"]));
  const leading = Object.keys(actions).filter((name) => actions[name]?.leads === true);
  if (leading.length === 0) return union(action.wrapped, v.strictObject({ action, ...details }));
  const words = leading.map((name) => `${name} to `);
  const leads = v.pipe(
    v.string(),
    v.check(
      (text) =>
        words.some((word) => text.startsWith(word) && /^\S+$/.test(text.slice(word.length))),
      words.map((word) => JSON.stringify(`${word}ADDRESS`)).join(" or "),
    ),
  );
  /** The target of the action: a URL, or a path of the same site. */
  const to = v.optional(name);
  return union(action.wrapped, leads, v.strictObject({ action, to, ...details }));
};

const union = (...members: v.GenericSchema[]) => v.optional(v.union(members));

const url = v.pipe(
  v.string(),
  v.check(
    (text) => parseAddress(text, "https://www.example.com") !== undefined,
    "an http or https URL, or a path of the site",
  ),
);

const policyTest = (features: FeatureList) =>
  v.strictObject({
    /** The expectation in a few words. */
    name,
    request: v.strictObject({
      /** A whole URL, or a path of the site (publicOrigin in the rules, else www.example.com). */
      url,
      /** In upper case. @default "GET" */
      method: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]+$/, "a method in upper case")), "GET"),
      /** A bot of the table, by its name or token. */
      as: v.optional(name),
      /** The evidence for the bot. @default "claim", the User-Agent only */
      evidence: v.optional(v.picklist(EVIDENCE_VALUES), "claim"),
      /** Request fields by name. */
      headers,
      /** The client's address, compared with files and blocks of the bot table. */
      ip: v.optional(name),
      /** The client's country in two letters. */
      country: v.optional(v.pipe(v.string(), v.length(2))),
    }),
    /** The origin server's response. @default a plain page, or a file by the path's extension */
    response: v.optional(
      v.strictObject({
        /** Status of the response. */
        status: v.optional(wholeNumber(200, 599), 200),
        /** Media type of the content. */
        type: v.optional(name),
        /** The page itself. */
        html: v.optional(v.string()),
        /** The page, as a file next to the tests. */
        htmlFile: v.optional(name),
        headers,
      }),
      {},
    ),
    /** The expected result, by feature; anything not mentioned is not compared. */
    expect: v.pipe(
      v.strictObject({
        ...(Object.fromEntries(expectations(features)) as object as Nothing),
        /** Status of the response. */
        status: v.optional(v.pipe(v.number(), v.integer())),
        /** Response fields by name; null for a field that must be absent. */
        headers: v.optional(v.record(name, v.nullable(v.string())), {}),
      }),
      oneName(features),
    ),
  });

/** The schema of a file of policy tests, for a list of features. */
export const policyTestsSchema = (features: FeatureList) =>
  v.strictObject({
    $schema: v.optional(v.string()),
    tests: v.array(policyTest(features)),
  });

/** Expectations about the response itself; the feature `headers` is tested by the fields that it edits. */
const OF_RESPONSE: ReadonlySet<string> = new Set(["status", "headers"]);

/** The features that a test expects something of by their own key. */
export function expectableOf(features: FeatureList): FeatureList {
  return features.filter(({ key }) => !OF_RESPONSE.has(key));
}

/** The schemas of expectations, by key and former key of each feature. */
const expectations = (features: FeatureList) =>
  expectableOf(features).flatMap((feature) =>
    [feature.key, feature.formerKey ?? []].flat().map((key) => [key, expected(feature)]),
  );

export type PolicyTest = v.InferOutput<ReturnType<typeof policyTest>>;
type PolicyTests = v.InferOutput<ReturnType<typeof policyTestsSchema>>;

/** Parses a file of policy tests (JSON with comments), and reports every fault. */
export function parsePolicyTests(text: string, features: FeatureList): Parsed<PolicyTests> {
  return parseFile(text, policyTestsSchema(features));
}
