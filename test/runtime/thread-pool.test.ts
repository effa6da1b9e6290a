import { describe, expect, it } from "vitest";
import { threadPool, type PoolOptions } from "../../src/runtime/node/thread-pool.ts";
import type { PoolJob } from "../support/pool-worker.ts";

const source = new URL("../support/pool-worker.ts", import.meta.url).href;

const poolOf = (options: Partial<PoolOptions> = {}) =>
  threadPool<PoolJob, number>({ source, compiled: "#none", waiting: 16, ...options });

describe("a pool of threads", () => {
  it("runs jobs on two threads at most, one after another, and uses them again", async () => {
    const run = poolOf();
    const used = new Set(await Promise.all(Array.from({ length: 12 }, async () => run("answer"))));
    expect(used.size).toBeGreaterThanOrEqual(1);
    expect(used.size).toBeLessThanOrEqual(2);
    expect(used.has(await run("answer"))).toBe(true);
  });

  it("fails only the job that throws, and the thread goes on", async () => {
    const run = poolOf();
    const first = await run("answer");
    await expect(run("throw")).rejects.toThrow("thrown by a job");
    expect(await run("answer")).toBe(first);
  });

  it.each([
    ["throw later", "thrown by a timer"],
    ["exit", "the thread has ended"],
  ] as const)("replaces a thread whose job makes it %s", async (job, message) => {
    const run = poolOf();
    const made = await Promise.allSettled(
      (["answer", job, "answer", job, "answer", "answer"] as const).map(async (each) => run(each)),
    );
    expect(made.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    const failed = made.find(({ status }) => status === "rejected");
    expect(String((failed as PromiseRejectedResult).reason)).toContain(message);
  });

  it("ends a thread that takes too long, and drops jobs that waited too long", async () => {
    const run = poolOf({ timeout: 1000 });
    // The last one waits for a thread.
    const jobs = (["loop", "loop", "answer"] as const).map(async (each) => run(each));
    for (const made of await Promise.allSettled(jobs)) {
      expect(String((made as PromiseRejectedResult).reason)).toContain("no result within 1000 ms");
    }
    // A new thread may take a second of its own on a busy machine.
    for (let left = 5; left >= 0; left--) {
      const made = await run("answer")?.catch((error: unknown) => error);
      if (typeof made === "number") return;
    }
    throw new Error("no thread has replaced the others");
  });

  it("accepts no job if too many wait, and jobs again afterwards", async () => {
    const run = poolOf({ waiting: 3 });
    const made = Array.from({ length: 10 }, () => run("answer"));
    expect(made.map((each) => each !== undefined)).toEqual([
      ...Array.from({ length: 5 }, () => true),
      ...Array.from({ length: 5 }, () => false),
    ]);
    for (const each of made) await each;
    expect(await run("answer")).toBeTypeOf("number");
  });
});
