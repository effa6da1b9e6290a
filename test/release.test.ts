import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findRefusals, type ReleaseFacts } from "../scripts/release/refusals.ts";

const READY: ReleaseFacts = {
  version: "1.2.3",
  status: "",
  branch: "main",
  tags: ["v1.2.2"],
  changelog: "# Changelog\n\n## 1.2.3\n\n- **News**\n\n## 1.2.2\n",
  addresses: ["https://wayleave.dev", "git+https://git.wayleave.dev/wayleave.git"],
};

describe("a release", () => {
  it("is made of a clean tree on main with a new version, a changelog and real addresses", () => {
    expect(findRefusals(READY)).toEqual([]);
  });

  it.each<[string, Partial<ReleaseFacts>, string]>([
    ["with changes", { status: " M src/app.ts\n?? new.ts" }, "?? new.ts"],
    ["of a branch", { branch: "try" }, "not from try"],
    ["that was made before", { tags: ["v1.2.2", "v1.2.3"] }, "the tag v1.2.3"],
    ["without a changelog", { changelog: "## 1.2.2\n\nsince 1.2.3" }, '"## 1.2.3"'],
    ["of another version's changelog", { changelog: "## 1x2x3\n## 1.2.30\n" }, '"## 1.2.3"'],
    ...[
      "https://example.com/wayleave",
      "git+https://example.com/wayleave.git",
      "https://www.example.org",
      "http://EXAMPLE.net:8080/",
    ].map((address): [string, Partial<ReleaseFacts>, string] => [
      `with ${address}`,
      { addresses: ["https://wayleave.dev", address] },
      `placeholder ${address}`,
    ]),
  ])("%s is refused", (_, facts, reason) => {
    expect(findRefusals({ ...READY, ...facts })).toEqual([expect.stringContaining(reason)]);
  });

  it("accepts an address that only looks like a placeholder", () => {
    const addresses = ["https://example.community/", "https://notexample.com/example.com"];
    expect(findRefusals({ ...READY, addresses })).toEqual([]);
  });

  it("of the present package.json is refused as long as it has placeholders", () => {
    const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
    const { homepage } = JSON.parse(text) as { homepage: string };
    const isPlaceholder = homepage.includes("example.com");
    const refusals = findRefusals({ ...READY, addresses: [homepage] });
    expect(refusals).toHaveLength(isPlaceholder ? 1 : 0);
  });
});
