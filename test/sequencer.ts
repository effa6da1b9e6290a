import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that wait for most of their time: for processes to start and end, for timeouts, for browsers.
 * They go first, so that those which compute fill the gaps, and none of them is left alone at the end.
 */
const WAITING = [
  "launcher/signals",
  "runtime/store-faults",
  "e2e/readme",
  "browser/uploads",
  "browser/dictionaries",
  "e2e/grace",
  "e2e/log",
  "conformance/afdocs",
  "e2e/origin-down",
  "launcher/pinned-node",
  "e2e/foreign-feature",
  "e2e/markdown-command",
  "e2e/store",
  "runtime/reload",
  "runtime/cache",
  "runtime/pipelining",
  "runtime/slow-clients",
  "runtime/junk-queries",
];

/** Every third file is one that waits, as long as there are any. */
export default class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number =>
      WAITING.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
    const waiting = sorted.filter((file) => rank(file) >= 0);
    waiting.sort((a, b) => rank(a) - rank(b));
    const others = sorted.filter((file) => rank(file) < 0);
    const order: TestSpecification[] = [];
    for (const [i, file] of others.entries()) {
      if (i % 2 === 0) order.push(...waiting.splice(0, 1));
      order.push(file);
    }
    return order.concat(waiting);
  }
}
