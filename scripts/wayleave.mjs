#!/usr/bin/env node
// The installed command: the compiled command line, if Node is new enough. It fetches nothing.
import process from "node:process";
import { isNewEnough, NEEDS } from "./node-version.mjs";

if (isNewEnough(process.versions.node)) {
  // node:sqlite warns that it is experimental in some versions: no news for an operator.
  const emit = process.emitWarning.bind(process);
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === "object" ? rest[0]?.type : rest[0];
    if (type !== "ExperimentalWarning") emit(warning, ...rest);
  };
  await import("../dist/cli/main.js");
} else {
  console.error(NEEDS);
  process.exitCode = 2;
}
