// A thread whose jobs go wrong as told.
import process from "node:process";
import { threadId } from "node:worker_threads";
import { answerJobs } from "../../src/runtime/node/thread-pool.ts";

/** What a job may do. */
export type PoolJob = "answer" | "throw" | "throw later" | "exit" | "loop";

answerJobs(async (job: PoolJob): Promise<number> => {
  switch (job) {
    case "answer":
      return threadId;
    case "throw":
      throw new Error("thrown by a job");
    case "throw later":
      setTimeout(() => {
        throw new Error("thrown by a timer");
      });
      return new Promise(() => {});
    case "exit":
      return process.exit(3);
    case "loop":
      for (;;);
  }
});
