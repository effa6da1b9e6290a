import process from "node:process";

/**
 * Milliseconds of processor time that this thread has taken, which no other process makes longer;
 * the time of day on a Node that can't tell (before 23.9).
 */
export function threadClock(): number {
  const usage = (process as { threadCpuUsage?: () => NodeJS.CpuUsage }).threadCpuUsage?.();
  return usage === undefined ? performance.now() : (usage.user + usage.system) / 1000;
}
