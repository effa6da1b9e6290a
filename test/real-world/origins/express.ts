import { join } from "node:path";
import process from "node:process";
import { freePort } from "../../support/runtimes.ts";
import { writeTree } from "../tree.ts";
import { makeFolder, startProgram, type Origin } from "./program.ts";

/** An Express 5 application: sessions, uploads, events, WebSockets, files, redirects, errors. */
export async function startExpress(): Promise<Origin> {
  const folder = makeFolder("express");
  const site = join(folder, "site");
  const port = await freePort();
  writeTree(site);
  return startProgram({
    command: process.execPath,
    argv: [join(import.meta.dirname, "express-app.mjs"), String(port), site],
    folder,
    port,
    env: { NODE_ENV: "production" },
  });
}
