#!/usr/bin/env node
// The installed command: the compiled command line, on a Node that is new enough.
import process from "node:process";
import { fileURLToPath } from "node:url";

process.argv.splice(2, 0, fileURLToPath(new URL("../dist/cli/main.js", import.meta.url)));
await import("./node.mjs");
