import { formerKeys } from "../../rules/feature-settings.ts";
import { toPointer, type Fault, type PathStep, type Warning } from "../../rules/fault.ts";
import type { Places } from "../../rules/places.ts";
import {
  agentWith,
  findBot,
  parseAddress,
  plainResponse,
  withUserAgent,
  type RequestFacts,
  type ResponseFacts,
} from "../facts.ts";
import { runOffline, type OfflineOptions } from "../run.ts";
import { compare, type Difference } from "./compare.ts";
import { parsePolicyTests, type PolicyTest } from "./schema.ts";

/** The result of a test, which has passed if there are no differences. */
export interface TestResult {
  readonly name: string;
  /** The line of the test in its file, from 1. */
  readonly line: number;
  readonly differences: readonly Difference[];
}

/** The result of a file of tests; with faults, no test ran. */
export interface FileResult {
  readonly faults: readonly Fault[];
  readonly results: readonly TestResult[];
  /** Warnings of former keys of features. */
  readonly warnings: readonly Warning[];
}

/**
 * Runs a file of policy tests, each with a new simulated proxy.
 *
 * @param readPage reads a page, by a path relative to the tests
 */
export async function runPolicyTests(
  text: string,
  options: OfflineOptions,
  readPage: (path: string) => string | undefined,
): Promise<FileResult> {
  const parsed = parsePolicyTests(text, options.features);
  if (parsed.kind === "faulty") return { faults: parsed.faults, results: [], warnings: [] };
  const { value, places } = parsed;
  const made = value.tests.map((test, i) => factsOf(test, ["tests", i], places, options, readPage));
  const faults = made.filter((each) => "code" in each);
  if (faults.length > 0) return { faults, results: [], warnings: [] };
  const results: TestResult[] = [];
  for (const [i, facts] of made.entries()) {
    const test = value.tests[i];
    if (test === undefined || "code" in facts) continue;
    const { trace, summaries } = await runOffline(options, facts.request, facts.response);
    const differences = compare(test, trace, summaries, options.features);
    const { line } = places.value(["tests", i]);
    results.push({ name: test.name, line, differences });
  }
  const warnings = value.tests.flatMap((_test, i) =>
    formerKeys(options.features, ["tests", i, "expect"], places),
  );
  return { faults, results, warnings };
}

interface Facts {
  readonly request: RequestFacts;
  readonly response: ResponseFacts;
}

/** The facts of a test, or a fault that the schema can't find. */
function factsOf(
  { request, response }: PolicyTest,
  path: readonly PathStep[],
  places: Places,
  { rules, bots }: OfflineOptions,
  readPage: (path: string) => string | undefined,
): Facts | Fault {
  const fault = (at: readonly PathStep[], message: string): Fault => {
    const where = [...path, ...at];
    return { pointer: toPointer(where), ...places.value(where), code: "invalid-value", message };
  };
  const address = parseAddress(request.url, rules.publicOrigin ?? "https://www.example.com");
  if (address === undefined)
    return fault(["request", "url"], "expected an http or https URL, or a path");
  const bot = request.as === undefined ? undefined : findBot(request.as, bots);
  if (typeof bot === "string") return fault(["request", "as"], bot);
  if (bot === undefined && request.evidence !== "claim") {
    return fault(["request", "evidence"], 'evidence needs "as", which names the bot');
  }
  const { htmlFile } = response;
  const html = htmlFile === undefined ? response.html : readPage(htmlFile);
  if (htmlFile !== undefined && html === undefined) {
    return fault(["response", "htmlFile"], `can't read ${JSON.stringify(htmlFile)}`);
  }
  const agent = agentWith(bot, request.evidence);
  return {
    request: {
      ...address,
      method: request.method,
      fields: withUserAgent(Object.entries(request.headers), bot),
      address: request.ip,
      country: request.country,
      agent,
    },
    response: responseOf(response, html, address.target),
  };
}

function responseOf(
  { status, type, headers }: PolicyTest["response"],
  html: string | undefined,
  target: string,
): ResponseFacts {
  const plain = plainResponse(target);
  const fields = new Map(html === undefined ? plain.fields : []);
  if (html !== undefined) fields.set("content-type", "text/html; charset=utf-8");
  if (type !== undefined) fields.set("content-type", type);
  for (const [name, value] of Object.entries(headers)) fields.set(name.toLowerCase(), value);
  const content = html === undefined ? plain.content : new TextEncoder().encode(html);
  return { status, fields: [...fields], content };
}
