// The files of docker/. No builder runs here: their lines are read, and the commands in them that need none.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** The instructions of the last stage, in order. */
const instructions = read("docker/Dockerfile")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)] as const);
const last = instructions.slice(instructions.findLastIndex(([name]) => name === "FROM"));
const valueOf = (name: string): string => last.find(([each]) => each === name)?.[1] ?? "";
const listOf = (name: string): string[] =>
  JSON.parse(valueOf(name).replace(/^[^[]*/, "")) as string[];

it("has only instructions of a Dockerfile, and a Node that is new enough", () => {
  const known =
    "FROM WORKDIR COPY RUN VOLUME ENV USER EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD";
  for (const [name] of instructions) expect(known.split(" ")).toContain(name);
  const images = instructions.filter(([name]) => name === "FROM").map(([, image]) => image);
  for (const image of images)
    expect(Number(/^node:(\d+)-slim/.exec(image)?.[1])).toBeGreaterThan(20);
});

it("runs as a user without rights, in a folder of its own that is a volume", () => {
  const names = last.map(([name]) => name);
  expect(valueOf("USER")).toBe("node");
  const afterUser = names.slice(names.indexOf("USER"));
  expect(afterUser).toContain("ENTRYPOINT");
  expect(afterUser.filter((name) => name === "RUN" || name === "COPY")).toEqual([]);
  expect(valueOf("WORKDIR")).toBe(valueOf("VOLUME"));
});

it("starts the command of the package with options that it has", () => {
  const { files } = JSON.parse(read("package.json")) as { readonly files: readonly string[] };
  const [node, module = ""] = listOf("ENTRYPOINT");
  expect(node).toBe("node");
  // Not the launcher: it finds a Node that is new enough, and signals reach process 1 alone.
  expect(module).toBe("/opt/wayleave/node_modules/wayleave/dist/cli/main.js");
  expect(files).toContain("dist");
  expect(existsSync(join(ROOT, "src/cli/main.ts"))).toBe(true);
  const help = read("src/cli/start/command.ts");
  const [command, ...options] = listOf("CMD");
  expect(command).toBe("start");
  for (const option of options.filter((each) => each.startsWith("--"))) {
    expect(help).toContain(`[${option} `);
  }
});

it("has a health check that follows readiness", async () => {
  let status = 200;
  const paths: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    paths.push(url);
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const [node, flag = "", script = ""] = listOf("HEALTHCHECK");
  expect([node, flag]).toEqual(["node", "-e"]);
  const check = () =>
    promisify(execFile)(process.execPath, [flag, script.replace("8787", String(port))]).then(
      () => 0,
      ({ code }: { readonly code: number }) => code,
    );
  expect(await check()).toBe(0);
  status = 503;
  expect(await check()).toBe(1);
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  expect(await check()).toBe(1);
  expect(paths).toEqual(["/.wayleave/ready", "/.wayleave/ready"]);
});

it("has a fleet of one with Redis, whose root file system is read-only", () => {
  const compose = read("docker/compose.yaml");
  const [, wayleave = "", redis = ""] = compose.split(/^ {2}(?:wayleave|redis):$/m);
  for (const service of [wayleave, redis]) expect(service).toContain("\n    read_only: true\n");
  expect(wayleave).toContain("STORE_URL: redis://redis:6379");
  const [, dockerfile = ""] = /dockerfile: (\S+)/.exec(wayleave) ?? [];
  expect(existsSync(join(ROOT, dockerfile))).toBe(true);
  expect(wayleave).toContain(`:${listOf("CMD").at(-1)}:ro`);
  expect(wayleave).toContain(`data:${valueOf("VOLUME")}`);
  // docs/self-hosting.md: it must be longer than the default of --grace.
  expect(Number(/stop_grace_period: (\d+)s/.exec(wayleave)?.[1])).toBeGreaterThan(30);
});
