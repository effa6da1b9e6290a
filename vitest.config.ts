import process from "node:process";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./test/reporter.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Runtime tests start servers and workerd: more at once would only wait for each other.
    maxWorkers: 2,
    // Servers of ten kinds on two cores: CI tries a test again, and the reporter names each that needed it.
    retry: process.env["CI"] === "true" ? 1 : 0,
  },
});
