import process from "node:process";
import { defineConfig } from "vitest/config";
import Sequencer from "./test/sequencer.ts";

/** What needs a process of its own: it mocks a module of Node, or measures the memory or the event loop. */
const ALONE = [
  "test/codecs/{event-loop,verified}.test.ts",
  "test/runtime/{event-loop,invented-hosts}.test.ts",
];

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    // For two cores: many files wait for servers and timers, see test/sequencer.ts.
    maxWorkers: 5,
    sequence: { sequencer: Sequencer },
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          // A process runs many files, and loads each module once.
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: ALONE,
        },
      },
      { extends: true, test: { name: "alone", include: ALONE } },
    ],
    globalSetup: ["test/run-folder.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Servers of ten kinds on two cores: CI tries a test again, and the reporter names each that needed it.
    retry: process.env["CI"] === "true" ? 1 : 0,
  },
});
