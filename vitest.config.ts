import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./test/reporter.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Runtime tests start servers and workerd: more at once would only wait for each other.
    maxWorkers: 2,
  },
});
