import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkRobots } from "../../src/cli/robots/check.ts";
import { readIndependently } from "../../src/cli/robots/reader.ts";
import { FEATURES } from "../../src/features.ts";
import { readRules } from "../../src/rules/load.ts";
import { findDisagreements, type ReadRobots } from "../../src/rules/robots/parity.ts";

const BOTS = readFileSync("rules/bots.jsonc", "utf8");
const RULES = {
  robots: true,
  hosts: ["www.example.com"],
  rules: [
    {
      name: "blog",
      match: { path: "/blog/*", agent: { name: "GPTBot" } },
      access: { action: "allow" },
    },
    { name: "training", match: { agent: { behaviour: "Training" } }, access: { action: "block" } },
    { name: "drafts", match: { path: "/drafts/*" }, access: { action: "block" } },
  ],
};

function load(file: object) {
  const read = readRules(JSON.stringify(file), BOTS, () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  return read;
}

/** Reads a file in which a line is broken. */
const broken =
  (line: RegExp, by: string): ReadRobots =>
  (text, site) => {
    // The origin server has no file.
    if (text !== "") expect(text).toMatch(line);
    return readIndependently(text.replace(line, by), site);
  };

describe("check compares robots.txt with the rules", () => {
  test("and finds nothing in what the compiler makes", () => {
    expect(checkRobots(load(RULES)).faults).toEqual([]);
  });

  test("and tells in a note which bots no line can name, and warns of what other rules could say", () => {
    const limit = { name: "slow", match: { path: "/slow/*" }, access: { action: "challenge" } };
    const { notes, warnings } = checkRobots(load({ ...RULES, rules: [...RULES.rules, limit] }));
    expect(notes).toEqual([
      expect.objectContaining({
        code: "robots-unsaid",
        pointer: "/rules/1/access",
        message: expect.stringContaining("no group can name") as string,
      }),
    ]);
    expect(warnings.map(({ pointer }) => pointer)).toContain("/rules/3/access");
    expect(warnings.filter(({ message }) => message.includes("no group"))).toEqual([]);
  });

  test.each([
    [/^Disallow: \/drafts\/$/m, "Disallow: /draft/", "/rules/2"],
    [/^Disallow: \/$/m, "Disallow:", "/rules/1"],
    [/^Allow: \/blog\/$/m, "Allow: /blob/", "/rules/0"],
    [/^User-agent: GPTBot$/m, "User-agent: GPTBat", "/rules/1"],
    [/^User-agent: \*$/m, "User-agent: Stranger", "/rules/2"],
  ])("and finds the broken line %s", (line, by, pointer) => {
    const { faults } = checkRobots(load(RULES), broken(line, by));
    expect(faults).toContainEqual(expect.objectContaining({ code: "robots-differs", pointer }));
  });

  test("and the origin server's file, if there is one", () => {
    const own = new TextEncoder().encode(
      "User-agent: *\nDisallow: /private/\nAllow: /drafts/open\n",
    );
    const compare = (read: ReadRobots) =>
      findDisagreements(load(RULES), "https://www.example.com", read, own);
    expect(compare(readIndependently)).toEqual([]);
    let files = 0;
    const found = compare((text, site) =>
      // The first file is the origin server's, the second is the merged one.
      readIndependently(files++ === 0 ? text : text.replaceAll("/private/", "/privat/"), site),
    );
    expect(found).toMatchObject([{ robots: "allows", isOfOrigin: true, target: "/private/" }]);
    expect(found[0]?.agents).toContain("Googlebot");
  });
});
