// The Worker as deployed, but for its ledger, which goes wrong in the way that a variable names.
import { Ledger as WorkingLedger } from "../../src/runtime/workers/index.ts";

export { Accounts, default, Rates, ReplayGuard } from "../../src/runtime/workers/index.ts";

type State = ConstructorParameters<typeof WorkingLedger>[0];

export class Ledger extends WorkingLedger {
  readonly #state: State;
  readonly #fault: string;

  constructor(state: State, env: { readonly LEDGER_FAULT: string }) {
    super(state);
    this.#state = state;
    this.#fault = env.LEDGER_FAULT;
  }

  override async fetch(request: Request): Promise<Response> {
    switch (this.#fault) {
      case "throws":
        throw new Error("down");
      case "refuses":
        return new Response("overloaded", { status: 503 });
      case "hangs":
        return new Promise(() => {});
      case "is reset":
        this.#state.abort("reset");
        return new Response();
      case "answers nonsense":
        return Response.json([["dictionary/0", "{"], ["delta", 5], 7, null]);
      default:
        return super.fetch(request);
    }
  }
}
