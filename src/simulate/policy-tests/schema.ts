import * as v from "valibot";
import type { FeatureDefinition } from "../../feature/define.ts";
import { DEFINITIONS } from "../../features.ts";
import { parseFile, type Parsed } from "../../rules/parse.ts";
import { parseAddress, SAID_EVIDENCE } from "../facts.ts";

const name = v.pipe(v.string(), v.minLength(1));

const headers = v.optional(v.record(name, v.string()), {});

/** What a client can get of a feature: one of its actions, none of them, or the feature off. */
const expected = ({ words }: FeatureDefinition) => {
  const action = v.picklist([...Object.keys(words.actions), words.none.name, "off"]);
  return v.optional(v.union([action, v.strictObject({ action: v.optional(action), ...details })]));
};

const details = {
  /** The mode that applies; with "observe", the action is what would be done. */
  mode: v.optional(v.picklist(["off", "observe", "enforce"])),
  /** Name of the rule that decides, "defaults" or "built-in". */
  rule: v.optional(name),
  /** The reason of the stage's last decision, see docs/life-of-a-request.md. */
  reason: v.optional(name),
};

const REDIRECT = /^redirect to \S+$/;

const redirect = v.optional(
  v.union([
    v.picklist(["redirect", "stay", "off"]),
    v.pipe(v.string(), v.regex(REDIRECT, '"redirect to ADDRESS"')),
    v.strictObject({
      action: v.optional(v.picklist(["redirect", "stay", "off"])),
      /** Where the redirect leads: an address, or a path of the same site. */
      to: v.optional(name),
      ...details,
    }),
  ]),
);

const url = v.pipe(
  v.string(),
  v.check(
    (text) => parseAddress(text, "https://www.example.com") !== undefined,
    "an http or https URL, or a path of the site",
  ),
);

const policyTest = v.strictObject({
  /** What is to hold, in a few words. */
  name,
  request: v.strictObject({
    /** A whole URL, or a path of the site (publicOrigin in the rules, else www.example.com). */
    url,
    /** In upper case. @default "GET" */
    method: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]+$/, "a method in upper case")), "GET"),
    /** A bot of the table, by its name or token. */
    as: v.optional(name),
    /** What proves that. @default "claim", the User-Agent alone */
    evidence: v.optional(v.picklist(SAID_EVIDENCE), "claim"),
    /** Fields by name; where they are expected, null for one that must not be there. */
    headers,
    /** The client's address, weighed against files and blocks of the bot table. */
    ip: v.optional(name),
  }),
  /** What the origin server answers. @default a plain page, or a file by the path's extension */
  response: v.optional(
    v.strictObject({
      /** Status of the answer. */
      status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)), 200),
      /** Media type of the content. */
      type: v.optional(name),
      /** The page itself. */
      html: v.optional(v.string()),
      /** The page, in a file beside the tests. */
      htmlFile: v.optional(name),
      headers,
    }),
    {},
  ),
  /** What the client gets, by feature; what is not named is not looked at. */
  expect: v.strictObject({
    ...Object.fromEntries(DEFINITIONS.map((feature) => [feature.key, expected(feature)])),
    canonicalRedirect: redirect,
    /** Status of the answer. */
    status: v.optional(v.pipe(v.number(), v.integer())),
    /** Fields by name; where they are expected, null for one that must not be there. */
    headers: v.optional(v.record(name, v.nullable(v.string())), {}),
  }),
});

/** A file of policy tests. */
export const policyTestsSchema = v.strictObject({
  $schema: v.optional(v.string()),
  tests: v.array(policyTest),
});

export type PolicyTest = v.InferOutput<typeof policyTest>;
export type PolicyTests = v.InferOutput<typeof policyTestsSchema>;

/** Parses a file of policy tests (JSON with comments); every fault at once. */
export function parsePolicyTests(text: string): Parsed<PolicyTests> {
  return parseFile(text, policyTestsSchema, new Set());
}
