import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { FEATURES } from "../src/features.ts";

const ROOT = join(import.meta.dirname, "..");

interface Import {
  readonly file: string;
  /** A path under src for what is ours, else the specifier. */
  readonly target: string;
  readonly isTypeOnly: boolean;
}

const files = globSync("src/**/*.ts", { cwd: ROOT }).map((file) => file.replaceAll("\\", "/"));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const statement =
    /^\s*(?:import|export)\s+(type\s)?(?:[\w*{}\s,$]+?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;
  return [...text.matchAll(statement)].map(([, type, plain, dynamic]) => {
    const specifier = plain ?? dynamic ?? "";
    const target = specifier.startsWith(".")
      ? posix.join(posix.dirname(file), specifier)
      : specifier;
    return { file, target, isTypeOnly: type !== undefined };
  });
}

const all = files.flatMap(importsOf);
const ours = all.filter(({ target }) => target.startsWith("src/"));

/** What the files under a path import of ours, but for what the patterns allow. */
function strays(from: RegExp, ...allowed: readonly RegExp[]): string[] {
  return ours
    .filter(({ file, target }) => from.test(file) && !allowed.some((each) => each.test(target)))
    .map(({ file, target }) => `${file} imports ${target}`);
}

const AGENT = /^src\/agent\/(?:agent|bots)\.ts$/;

describe("the direction of imports", () => {
  test("the files and their imports are found", () => {
    expect(files.length).toBeGreaterThan(80);
    expect(ours.length).toBeGreaterThan(150);
    expect(all.filter(({ target }) => target === "").length).toBe(0);
  });

  test("http imports no other folder, html only http, and codecs only the joining of bytes", () => {
    expect(strays(/^src\/http\//, /^src\/http\//)).toEqual([]);
    expect(strays(/^src\/html\//, /^src\/(?:html|http)\//)).toEqual([]);
    expect(strays(/^src\/codecs\//, /^src\/(?:codecs\/|http\/bytes\.ts$)/)).toEqual([]);
  });

  test("stores import only their own folder, telemetry only the subjects of its events", () => {
    expect(strays(/^src\/memory\//, /^src\/memory\//)).toEqual([]);
    expect(strays(/^src\/store\//, /^src\/(?:store|timing|memory)\//)).toEqual([]);
    const below = /^src\/(?:telemetry|pipeline|agent|http)\//;
    const trace = /^src\/telemetry\/trace\//;
    const counting = /^src\/telemetry\/(?:history|tally|metrics)\//;
    const stored = /^src\/(?:store\/(?:memory-)?history\.ts$|timing\/)/;
    expect(strays(/^src\/telemetry\/(?!trace\/|history\/|tally\/|metrics\/)/, below)).toEqual([]);
    expect(strays(counting, below, stored)).toEqual([]);
    expect(strays(trace, below, /^src\/(?:rules\/|feature\/define\.ts$)/)).toEqual([]);
  });

  test("the cache imports only http, stores and timing", () => {
    expect(strays(/^src\/cache\//, /^src\/(?:cache|http|store|timing|memory)\//)).toEqual([]);
    expect(strays(/^src\/timing\//, /^src\/(?:timing|memory)\//)).toEqual([]);
  });

  test("the pipeline knows http, the cache and agents, and no stage", () => {
    expect(
      strays(
        /^src\/pipeline\//,
        /^src\/(?:pipeline|http|cache|store|timing)\//,
        /^src\/version\.ts$/,
        AGENT,
      ),
    ).toEqual([]);
  });

  test("agents know http, memory, stores and timing, and of the rest only types", () => {
    const above = /^src\/(?:pipeline|rules|telemetry)\//;
    expect(strays(/^src\/agent\//, /^src\/(?:agent|http|memory|store|timing)\//, above)).toEqual(
      [],
    );
    const values = ours.filter(
      ({ file, target, isTypeOnly }) =>
        file.startsWith("src/agent/") && above.test(target) && !isTypeOnly,
    );
    expect(values).toEqual([]);
  });

  test("the definition of features knows the folders below, and no feature", () => {
    const below = /^src\/(?:feature|pipeline|http|codecs|store|timing)\//;
    expect(strays(/^src\/feature\//, below, AGENT)).toEqual([]);
  });

  test("no file but the list names features, so that everything works for those of others", () => {
    const keys = FEATURES.map(({ key }) => key).join("|");
    const named = new RegExp(`(?:===|!==|\\(|feature:)\\s*"(?:${keys})"`);
    const naming = files.filter(
      (file) =>
        !/^src\/features(?:\.ts$|\/)/.test(file) &&
        named.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(naming).toEqual([]);
  });

  test("a feature imports its own folder and what lies below all features, never another one", () => {
    const stages = new Set(files.map((file) => /^src\/features\/([^/]+)\//.exec(file)?.[1]));
    stages.delete(undefined);
    expect(stages.size).toBeGreaterThan(2);
    for (const name of stages) {
      const own = new RegExp(`^src/features/${name}/`);
      const below =
        /^src\/(?:feature|pipeline|html|http|codecs|cache|timing|memory)\/|^src\/agent\/(?:explanations|network)\.ts$|^src\/store\/(?:store|rates|accounts)\.ts$/;
      expect(strays(own, own, below, AGENT)).toEqual([]);
    }
  });

  test("a feature imports only the interfaces of codecs and stores", () => {
    const values = ours.filter(
      ({ file, target, isTypeOnly }) =>
        file.startsWith("src/features/") && /^src\/(?:codecs|store)\//.test(target) && !isTypeOnly,
    );
    expect(values).toEqual([]);
  });

  test("rules import http, agents, the pipeline's vocabulary and the definition of a feature", () => {
    expect(
      strays(
        /^src\/rules\//,
        /^src\/(?:rules|http|timing)\//,
        AGENT,
        /^src\/agent\/(?:network|list-source|ip-address|ip-ranges|shown-address)\.ts$/,
        /^src\/pipeline\/(?:policy|canary\/.*)\.ts$/,
        /^src\/feature\/define\.ts$/,
      ),
    ).toEqual([]);
  });

  test("the audit knows http, html, timing and the reader of robots.txt, and sends nothing itself", () => {
    const reader = /^src\/rules\/robots\/file\.ts$/;
    expect(strays(/^src\/audit\//, /^src\/(?:audit|http|html|timing)\//, reader)).toEqual([]);
    const fetching = files.filter(
      (file) =>
        file.startsWith("src/audit/") && /\bfetch\(/.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(fetching).toEqual([]);
  });

  test("the app imports no runtime and no command, a runtime no command", () => {
    expect(strays(/^src\/app\.ts$/, /^src\/(?!runtime\/|cli\/)/)).toEqual([]);
    expect(strays(/^src\/runtime\//, /^src\/(?!cli\/|simulate\/)/)).toEqual([]);
    expect(strays(/^src\/simulate\//, /^src\/(?!cli\/)/)).toEqual([]);
    expect(
      strays(
        /^src\/(?!runtime|simulate|cli|middleware\.ts)/,
        /^src\/(?!app\.ts|runtime|simulate|cli)/,
      ),
    ).toEqual([]);
  });

  test("modules of Node are imported only by code that runs on Node", () => {
    const nodeOnly =
      /^src\/(?:runtime\/node\/|cli\/|simulate\/live\.ts$|store\/(?:adapters\/sqlite\/)|codecs\/[^/]+-native\.ts$|agent\/(?:[^/]+-node|dns-node)\.ts$)/;
    const others = all
      .filter(({ file, target }) => target.startsWith("node:") && !nodeOnly.test(file))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(others).toEqual([]);
  });

  test("the code for Workers imports one module of Node, which workerd has in native code", () => {
    const reached = new Set<string>();
    const queue = ["src/runtime/workers/index.ts"];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      queue.push(...ours.filter((each) => each.file === file).map(({ target }) => target));
    }
    expect(reached).toContain("src/features/markdown/stage.ts");
    const found = all.filter(
      ({ file, target }) => reached.has(file) && /^(?:node:|@redis\/)/.test(target),
    );
    expect(found.map(({ file, target }) => `${file} imports ${target}`)).toEqual([
      "src/codecs/plain-native.ts imports node:zlib",
    ]);
  });
});
