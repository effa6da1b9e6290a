import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCommand } from "../support/cli.ts";

const LOG = readFileSync(new URL("../../fixtures/logs/combined.log", import.meta.url), "utf8");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-replay-"));
  const match = { path: "/product/*", agent: { behaviour: "Training" } };
  const rules = { rules: [{ name: "products", match, access: { action: "block" } }] };
  writeFileSync(join(folder, "a.json"), JSON.stringify(rules));
  writeFileSync(join(folder, "b.json"), JSON.stringify(rules).replace('"block"', '"allow"'));
  writeFileSync(join(folder, "plain.log"), LOG);
  writeFileSync(join(folder, "gzip.log"), Buffer.concat([gzipSync(LOG), gzipSync(LOG)]));
  writeFileSync(join(folder, "zstd.log"), zstdCompressSync(LOG));
  writeFileSync(join(folder, "cut.gz"), gzipSync(LOG.repeat(1000)).subarray(0, 500));
  writeFileSync(join(folder, "empty.log"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

const replay = (...argv: readonly string[]) => runCommand(folder, ["replay", ...argv]);

it("counts the same in a file, in gzip with two members, in zstd and on standard input", async () => {
  const counted = async (name: string, input?: string) => {
    const argv = ["replay", name, "--rules", "a.json", "--json"];
    const { code, out } = await runCommand(folder, argv, input);
    const { log, agents } = JSON.parse(out);
    const blocked = agents.find((each: { agent: string }) => each.agent === "GPTBot").outcomes[0];
    return [code, log.requests, log.faults.count, blocked.action, blocked.requests, log.from];
  };
  const once = [0, 8, 1, "block", 2, "2026-11-28T09:00:01.000Z"];
  expect(await counted("plain.log")).toEqual(once);
  expect(await counted("zstd.log")).toEqual(once);
  expect(await counted("-", LOG)).toEqual(once);
  expect(await counted("gzip.log")).toEqual([0, 16, 2, "block", 4, once[5]]);
});

it("prints the differences between two rules files, and both as CSV", async () => {
  const { out } = await replay("plain.log", "--rules", "a.json", "--against", "b.json");
  expect(out).toContain('2  GPTBot; access: block by "products" → allow by "products"\n');
  expect(out).toContain("line 3: GET /product/lamp-7/\n");
  const same = await replay("plain.log", "--rules", "a.json", "--against", "a.json");
  expect(same.out).toContain("no differences in 8 requests");
  const csv = await replay("plain.log", "--rules", "a.json", "--csv");
  expect(csv.out.split("\r\n")[1]).toBe(
    "GPTBot,claimed,claim,logged,access,products,enforce,block,blocked,2,4396",
  );
  const against = await replay("plain.log", "--rules", "a.json", "--against", "b.json", "--csv");
  expect(against.out.split("\r\n")[1]).toBe("GPTBot,logged,access,block,products,allow,products,2");
});

it("verifies claims by the names of a file", async () => {
  const rules = {
    rules: [
      { name: "known", match: { agent: { evidence: "verified" } }, access: { action: "block" } },
    ],
  };
  writeFileSync(join(folder, "verified.json"), JSON.stringify(rules));
  // The addresses of the log are for documentation, and have no names.
  writeFileSync(join(folder, "google.log"), LOG.replace("198.51.100.7", "66.249.66.1"));
  const verdict = async (names: object) => {
    writeFileSync(join(folder, "names.json"), JSON.stringify(names));
    const argv = ["google.log", "--rules", "verified.json", "--names", "names.json", "--json"];
    const { agents } = JSON.parse((await replay(...argv)).out);
    const rows = agents.filter((each: { agent: string }) => each.agent === "Googlebot");
    return rows.map(({ verdict: is, evidence, case: as }: Record<string, string>) => [
      is,
      evidence,
      as,
    ]);
  };
  expect(await verdict({ "66.249.66.1": ["crawl-7.googlebot.com"] })).toEqual([
    ["verified", "reverse-dns", "logged"],
  ]);
  // An address that the file lacks proves nothing; one without a name of the operator refutes the claim.
  expect((await verdict({})).map(([, , as]: string[]) => as)).toEqual(["logged", "if-verified"]);
  expect(await verdict({ "66.249.66.1": [] })).toEqual([["claimed", "claim", "logged"]]);
});

it("ends with 1 if a log can't be read, and with 2 if the arguments are wrong", async () => {
  const faults: readonly (readonly [readonly string[], number, string])[] = [
    [["cut.gz"], 1, "is damaged"],
    [["empty.log"], 1, "empty.log is empty"],
    [["a.json"], 1, "the format of a.json is not known"],
    [["plain.log", "--format", "caddy"], 1, "no line of plain.log can be read as caddy; line 1:"],
    [["missing.log"], 2, "ENOENT"],
    [[], 2, "name one log"],
    [["plain.log", "--format", "common"], 2, "--format must be one of"],
    [["plain.log", "--site", "www.example.com"], 2, "--site must be the URL"],
    [["plain.log", "--resolve"], 2, "--resolve needs --names"],
    [["plain.log", "--names", "plain.log"], 2, "plain.log must be a JSON object"],
    [["plain.log", "--json", "--csv"], 2, "exclude each other"],
    [["plain.log", "--store", "sqlite:none.sqlite"], 2, "none.sqlite does not exist"],
  ];
  for (const [argv, code, message] of faults) {
    const ended = await replay("--rules", "a.json", ...argv);
    expect([ended.code, ended.out], argv.join(" ")).toEqual([code, ""]);
    expect(ended.err).toContain(message);
    expect(ended.err.trim().split("\n")).toHaveLength(1);
  }
}, 180_000);
