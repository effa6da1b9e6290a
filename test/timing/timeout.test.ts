import { expect, test, vi } from "vitest";
import { pause, within } from "../../src/timing/timeout.ts";

const never = new Promise<never>(() => {});

test("work that ends in time counts, and leaves no timer", async () => {
  vi.useFakeTimers();
  try {
    await expect(within(10, Promise.resolve(1), () => 2)).resolves.toBe(1);
    await expect(within(10, Promise.reject(new Error("no")), () => 2)).rejects.toThrow("no");
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("late work gives the result of `late`, a value or an error", async () => {
  await expect(within(1, never, () => "late")).resolves.toBe("late");
  const fail = (): never => {
    throw new RangeError("late");
  };
  await expect(within(1, never, fail)).rejects.toThrow(RangeError);
});

test("work that fails after its time causes no unhandled rejection", async () => {
  const unhandled = vi.fn<() => void>();
  process.on("unhandledRejection", unhandled);
  const failing = pause(5).then(() => Promise.reject(new Error("too late to matter")));
  await expect(within(1, failing, () => "late")).resolves.toBe("late");
  await pause(20);
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
