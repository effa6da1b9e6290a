// The public packages of x402 as independent client and facilitator; nothing asks a network.
import { randomBytes } from "node:crypto";
import { needsThat } from "./needs.ts";
import type { TestFacilitator } from "./facilitator.ts";

/** A wallet with a key of its own, which pays with the public client. */
export interface X402Wallet {
  readonly address: string;
  /** Makes the fields of a request that pays what a 402 asks for. */
  pay(paymentRequired: string): Promise<Record<string, string>>;
  /** Reads PAYMENT-RESPONSE with the public decoder. */
  readResponse(field: string): Readonly<Record<string, unknown>>;
  /** Reads PAYMENT-REQUIRED with the public decoder, and the public schema. */
  readRequired(field: string): Readonly<Record<string, unknown>>;
}

/** The part of the packages that the tests use. */
interface Packages {
  readonly client: {
    readonly x402Client: new () => { setSpendControls(controls: false): unknown };
    readonly x402HTTPClient: new (client: object) => HttpClient;
  };
  readonly exactClient: { registerExactEvmScheme(client: object, options: object): void };
  readonly facilitator: { readonly x402Facilitator: new () => PublicFacilitator };
  readonly exactFacilitator: { registerExactEvmScheme(facilitator: object, options: object): void };
  readonly accounts: { privateKeyToAccount(key: string): { readonly address: string } };
  readonly viem: { verifyTypedData(parameters: object): Promise<boolean> };
  readonly schemas: { readonly PaymentRequiredSchema: { parse(value: unknown): unknown } };
}

interface HttpClient {
  getPaymentRequiredResponse(getField: (name: string) => string | undefined): object;
  createPaymentPayload(required: object): Promise<object>;
  encodePaymentSignatureHeader(payload: object): Record<string, string>;
  getPaymentSettleResponse(getField: (name: string) => string | undefined): object;
}

interface PublicFacilitator {
  verify(payload: unknown, requirements: unknown): Promise<object>;
  settle(payload: unknown, requirements: unknown): Promise<object>;
  getSupported(): object;
}

/** Not typed by the packages: they are installed for tests alone. */
async function load(): Promise<Packages | undefined> {
  const from = (name: string): Promise<unknown> => import(name);
  try {
    const [client, exactClient, facilitator, exactFacilitator, accounts, viem, schemas] =
      await Promise.all([
        from("@x402/core/client"),
        from("@x402/evm/exact/client"),
        from("@x402/core/facilitator"),
        from("@x402/evm/exact/facilitator"),
        from("viem/accounts"),
        from("viem"),
        from("@x402/core/schemas"),
      ]);
    return {
      client,
      exactClient,
      facilitator,
      exactFacilitator,
      accounts,
      viem,
      schemas,
    } as Packages;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

const packages = await load();

/** Options of a test that pays with the public packages. */
export const needsX402 = needsThat(packages !== undefined, "@x402/core, @x402/evm and viem");

/** Makes a wallet with a random key. */
export function newWallet(): X402Wallet {
  const { client, exactClient, accounts, schemas } = packages as Packages;
  const account = accounts.privateKeyToAccount(`0x${randomBytes(32).toString("hex")}`);
  const core = new client.x402Client();
  // The tests' tokens have no entry in its table.
  core.setSpendControls(false);
  exactClient.registerExactEvmScheme(core, { signer: account });
  const http = new client.x402HTTPClient(core);
  const decode = (field: string) => (name: string) =>
    name.toLowerCase().startsWith("payment-re") ? field : undefined;
  const only = (wanted: string, field: string) => (name: string) =>
    name.toLowerCase() === wanted ? field : undefined;
  return {
    address: account.address,
    async pay(field) {
      const required = http.getPaymentRequiredResponse(decode(field));
      return http.encodePaymentSignatureHeader(await http.createPaymentPayload(required));
    },
    readResponse: (field) => ({
      ...http.getPaymentSettleResponse(only("payment-response", field)),
    }),
    readRequired(field) {
      const required = http.getPaymentRequiredResponse(only("payment-required", field));
      return schemas.PaymentRequiredSchema.parse(required) as Readonly<Record<string, unknown>>;
    },
  };
}

/** A token's contract in memory: each payer has money, and can use a nonce once. */
export interface TestToken {
  /** The transfers that took place. */
  readonly transfers: { readonly from: string; readonly to: string; readonly value: bigint }[];
  /** Addresses without money. */
  readonly poor: Set<string>;
}

/** Lets the public facilitator answer `/verify`, `/settle` and `/supported`, over a token in memory. */
export function answerByX402(server: TestFacilitator, network: string): TestToken {
  const { facilitator, exactFacilitator, viem } = packages as Packages;
  const token: TestToken = { transfers: [], poor: new Set() };
  const used = new Set<string>();
  const transfer = (args: readonly unknown[]): void => {
    const [from, to, value, , , nonce] = args as [string, string, bigint, bigint, bigint, string];
    if (token.poor.has(from)) throw new Error("transfer amount exceeds balance");
    const key = `${from}/${nonce}`.toLowerCase();
    if (used.has(key)) throw new Error("FiatTokenV2: authorization is used or canceled");
    used.add(key);
    token.transfers.push({ from, to, value });
  };
  const simulate = (args: readonly unknown[]): void => {
    const [from, , , , , nonce] = args as [string, string, bigint, bigint, bigint, string];
    if (token.poor.has(from)) throw new Error("transfer amount exceeds balance");
    if (used.has(`${from}/${nonce}`.toLowerCase())) throw new Error("authorization is used");
  };
  type Call = { readonly functionName: string; readonly args?: readonly unknown[] };
  const signer = {
    getAddresses: () => ["0x00000000000000000000000000000000000000aa"],
    async readContract({ functionName, args = [] }: Call): Promise<unknown> {
      if (functionName === "transferWithAuthorization") return simulate(args);
      if (functionName === "balanceOf") return token.poor.has(String(args[0])) ? 0n : 10n ** 12n;
      if (functionName === "authorizationState") {
        return used.has(`${String(args[0])}/${String(args[1])}`.toLowerCase());
      }
      if (functionName === "name") return "USDC";
      if (functionName === "version") return "2";
      if (functionName === "decimals") return 6;
      throw new Error(`no function ${functionName}`);
    },
    verifyTypedData: (parameters: object) => viem.verifyTypedData(parameters),
    async writeContract({ args = [] }: Call) {
      transfer(args);
      return `0x${randomBytes(32).toString("hex")}`;
    },
    async sendTransaction() {
      throw new Error("not here");
    },
    waitForTransactionReceipt: async () => ({ status: "success" }),
    // The token is a contract; a payer has a key of its own.
    getCode: async ({ address }: { readonly address: string }) =>
      contracts.has(address.toLowerCase()) ? "0x60" : undefined,
  };
  const contracts = new Set<string>();
  const service = new facilitator.x402Facilitator();
  exactFacilitator.registerExactEvmScheme(service, { signer, networks: network });
  type Asked = {
    readonly paymentPayload: object;
    readonly paymentRequirements: { readonly asset: string };
  };
  const ask = (act: "verify" | "settle") => async (call: { readonly body: unknown }) => {
    const { paymentPayload, paymentRequirements } = call.body as Asked;
    contracts.add(paymentRequirements.asset.toLowerCase());
    return service[act](paymentPayload, paymentRequirements);
  };
  server.answers.set("/verify", ask("verify"));
  server.answers.set("/settle", ask("settle"));
  server.answers.set("/supported", () => service.getSupported());
  return token;
}
