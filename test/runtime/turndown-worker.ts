import { useTurndown } from "../../src/runtime/workers/index.ts";

export { Accounts, default, Ledger, Rates, ReplayGuard } from "../../src/runtime/workers/index.ts";

useTurndown(async () => {
  const { createTurndownEngine } = await import("../../src/features/markdown/turndown/index.ts");
  return createTurndownEngine({
    configure: (service) => {
      service.addRule("mark", { filter: ["mark"], replacement: (content) => `==${content}==` });
    },
  });
});
