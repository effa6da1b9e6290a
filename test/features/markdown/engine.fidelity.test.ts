import { describe, expect, test } from "vitest";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { turndownEngine } from "../../../src/features/markdown/turndown/index.ts";
import { convertCase, TOPICS } from "./cases.ts";
import { outline } from "./outline.ts";

describe.each([streamEngine, turndownEngine])("$name engine", (engine) => {
  for (const [topic, cases] of TOPICS) {
    // oxlint-disable-next-line vitest/valid-title -- it is a string
    describe(topic, () => {
      test.each(cases)("$name", (each) => {
        expect(outline(convertCase(engine, each))).toEqual(each.tree);
      });
    });
  }
});
