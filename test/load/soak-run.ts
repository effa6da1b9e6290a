import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { seeded } from "../fuzz/mutate.ts";
import { makeAuthority } from "../support/authority.ts";
import { useTransport } from "../fuzz/load/clients.ts";
import { latencyOf, type Latency } from "./latency.ts";
import type { MemorySample } from "./memory.ts";
import { startLoaded, type LoadedProxy } from "./proxy.ts";
import { secureClients, secureTransport } from "./secure-clients.ts";
import { SOAK_CLIENTS } from "./soak-clients.ts";

/** How much is tried. */
export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly processes: number;
  /** Whether clients use TLS and HTTP/2. @default false */
  readonly tls?: boolean;
  /** A folder for heap snapshots, after the warm-up and at the end. */
  readonly snapshots?: string | undefined;
  onSample?(seconds: number, sample: MemorySample, requests: number): void;
}

/** The results of a soak. */
export interface SoakResult {
  readonly requests: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
  /** Milliseconds of whole requests, without those whose client is slow or leaves. */
  readonly latency: Latency;
  readonly memory: readonly MemorySample[];
  /** Bytes outside of the caches that live longer at the end than after the warm-up, by medians. */
  readonly growth: number;
}

/** Clients at a time: enough that the proxy always has work. */
const WIDTH = 32;
/** Samples of the memory, of which each costs full collections; the first half is the warm-up. */
const samplesIn = (seconds: number): number => (seconds < 30 ? 6 : 24);
const SLOW: ReadonlySet<string> = new Set(["abort", "slowReader"]);

/** Sends mixed requests for some seconds to a proxy with all features, whose origin server has no faults. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const authority = options.tls === true ? makeAuthority() : undefined;
  const issued = authority?.issue("localhost", ["DNS:localhost"]);
  const tls =
    issued === undefined ? [] : ["--tls-cert", issued.certFile, "--tls-key", issued.keyFile];
  const proxy = await startLoaded(["--processes", String(options.processes), ...tls]);
  const url = tls.length === 0 ? proxy.url : proxy.url.replace("127.0.0.1", "localhost");
  const secure = authority && secureTransport(url, authority.ca);
  useTransport(secure?.send);
  try {
    const clients = secure === undefined ? SOAK_CLIENTS : secureClients(secure);
    const result = await sendAll({ ...proxy, url }, clients, options);
    secure?.close();
    return { ...result, errors: [...result.errors, ...(await proxy.stop())] };
  } finally {
    useTransport(undefined);
    await proxy.close();
  }
}

async function sendAll(
  proxy: LoadedProxy,
  clients: typeof SOAK_CLIENTS,
  options: SoakOptions,
): Promise<SoakResult> {
  const started = performance.now();
  const until = started + options.seconds * 1000;
  const kinds: Record<string, number> = {};
  const errors: string[] = [];
  const times: number[] = [];
  const names = Object.keys(clients);
  const work = async (_: unknown, worker: number): Promise<void> => {
    const random = seeded(Math.imul(options.seed, 0x9e3779b1) + worker);
    while (performance.now() < until && errors.length < 20) {
      const name = names[random(names.length)] as string;
      const before = performance.now();
      const outcome = await clients[name]?.(proxy.url, random).catch((error: unknown) => ({
        kind: "refused" as const,
        why: String(error),
      }));
      if (!SLOW.has(name)) times.push(performance.now() - before);
      if (outcome?.kind === "right") kinds[name] = (kinds[name] ?? 0) + 1;
      else errors.push(`${name}: ${outcome?.why}`);
    }
  };
  const memory: MemorySample[] = [];
  const samples = samplesIn(options.seconds);
  const watch = async (): Promise<void> => {
    for (let i = 0; i <= samples && errors.length < 20; i++) {
      await pause(
        Math.max(0, started + (i / samples) * options.seconds * 1000 - performance.now()),
      );
      const isNoted = options.snapshots !== undefined && (i === samples / 2 || i === samples);
      const sample = await proxy.memory(isNoted ? join(options.snapshots, String(i)) : undefined);
      memory.push(sample);
      options.onSample?.((performance.now() - started) / 1000, sample, times.length);
    }
  };
  await Promise.all([watch(), ...Array.from({ length: WIDTH }, work)]);
  const requests = Object.values(kinds).reduce((sum, each) => sum + each, 0);
  return { requests, kinds, errors, latency: latencyOf(times), memory, growth: growthOf(memory) };
}

/** The last sixth of the samples against the sixth after the warm-up. */
function growthOf(memory: readonly MemorySample[]): number {
  const sixth = Math.floor(memory.length / 6);
  const half = Math.floor(memory.length / 2);
  const middle = (samples: readonly MemorySample[]): number =>
    samples.map(({ live, caches }) => live - caches).toSorted((a, b) => a - b)[
      samples.length >> 1
    ] ?? 0;
  return middle(memory.slice(-sixth)) - middle(memory.slice(half, half + sixth));
}
