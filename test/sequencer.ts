import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that wait for most of their time: for processes to start and end, for timeouts, for browsers.
 * They go first, so that those which compute fill the gaps, and none of them is left alone at the end.
 */
const WAITING = [
  "launcher/signals",
  "runtime/store-faults",
  "e2e/readme",
  "runtime/pipelining",
  "e2e/grace",
  "e2e/log",
  "runtime/reload",
  "e2e/store",
  "runtime/stored-details",
  "conformance/afdocs",
  "runtime/stored-answers",
  "runtime/faulty-rules",
  "runtime/purge-dictionaries",
  "runtime/lost-connections",
  "e2e/debug",
  "e2e/origin-down",
  "e2e/purge",
  "e2e/surroundings",
  "launcher/pinned-node",
  "e2e/identity",
  "e2e/foreign-feature",
  "runtime/tls-origins",
  "runtime/slow-clients",
  "runtime/http2-floods",
];

/** Files that compute for longest: they go before all others that compute, for the same reason. */
const COMPUTING = [
  // In processes of their own, which would take the place of those that others share.
  "runtime/event-loop",
  "runtime/invented-hosts",
  "codecs/event-loop",
  "codecs/verified",
  "browser/dictionaries",
  "real-world/http2",
  "e2e/add-a-feature",
  "real-world/nginx",
  "codecs/plain",
  "real-world/express",
  "fuzz/load",
  "conformance/bypass",
  "runtime/capabilities",
  "runtime/junk-queries",
  "real-world/apache",
  "real-world/caddy",
];

/** The place of a file in a list; the length of the list if it is not there. */
function rank(names: readonly string[], { moduleId }: TestSpecification): number {
  const at = names.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
  return at < 0 ? names.length : at;
}

/** Every third file is one that waits, as long as there are any. */
export default class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isWaiting = (file: TestSpecification): boolean => rank(WAITING, file) < WAITING.length;
    const waiting = sorted.filter(isWaiting);
    waiting.sort((a, b) => rank(WAITING, a) - rank(WAITING, b));
    const others = sorted.filter((file) => !isWaiting(file));
    others.sort((a, b) => rank(COMPUTING, a) - rank(COMPUTING, b));
    const order: TestSpecification[] = [];
    for (const [i, file] of others.entries()) {
      if (i % 2 === 0) order.push(...waiting.splice(0, 1));
      order.push(file);
    }
    return order.concat(waiting);
  }
}
