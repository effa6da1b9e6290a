import { useTurndown } from "../../src/runtime/workers.ts";

export { default, Ledger, ReplayGuard } from "../../src/runtime/workers.ts";

useTurndown(async () => {
  const { createTurndownEngine } = await import("../../src/stages/markdown/turndown/index.ts");
  return createTurndownEngine({
    configure: (service) => {
      service.addRule("mark", { filter: ["mark"], replacement: (content) => `==${content}==` });
    },
  });
});
