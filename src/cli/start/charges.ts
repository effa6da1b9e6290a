import { ledgerSecret, SECRET } from "../../features/access/charge/ledger/webhook.ts";
import { settingOf } from "../../rules/feature-settings.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { UsageError, type CommandContext } from "../usage.ts";

/** The settings of access that charge, also those that only observe. */
function chargesOf({ defaults, rules }: RulesFile): readonly Readonly<Record<string, unknown>>[] {
  return [defaults, ...rules].flatMap((part) => {
    const setting = settingOf(part, "access");
    const isCharge = typeof setting === "object" && "action" in setting;
    return isCharge && setting.action === "charge" ? [{ ...setting }] : [];
  });
}

/** Whether a rule charges, also if it only observes. */
export function charges(rules: RulesFile): boolean {
  return chargesOf(rules).length > 0;
}

/**
 * Reads the secrets that charges need, by their variables: those of webhooks and of facilitators.
 * Throws a UsageError if one is missing, since each charge would fail.
 */
export function chargeSecrets(
  rules: RulesFile,
  env: CommandContext["env"],
): Readonly<Record<string, string>> {
  const found = chargesOf(rules);
  const secrets: Record<string, string> = {};
  if (found.some(({ webhook }) => webhook !== undefined)) {
    const secret = env[SECRET] ?? "";
    const bytes = ledgerSecret(secret);
    if (typeof bytes === "string") {
      throw new UsageError(`a charge with a webhook needs a secret, and ${bytes}`);
    }
    secrets[SECRET] = secret;
  }
  for (const { x402 } of found) {
    const name =
      typeof x402 === "object" && x402 !== null && "authorization" in x402
        ? x402.authorization
        : undefined;
    if (typeof name !== "string") continue;
    const value = env[name];
    if (value === undefined || value === "") {
      throw new UsageError(
        `a charge by x402 has "authorization": "${name}", and ${name} is not set`,
      );
    }
    secrets[name] = value;
  }
  return secrets;
}
