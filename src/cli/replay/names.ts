import { existsSync, writeFileSync } from "node:fs";
import { reverseName } from "../../agent/address-names.ts";
import { nodeDns } from "../../agent/dns-node.ts";
import { UNKNOWN, type DnsAnswer, type DnsResolver } from "../../agent/dns-resolver.ts";
import { parseIpAddress } from "../../agent/ip-address.ts";
import { parseJson } from "../../http/json.ts";
import { readText } from "../rules-file.ts";
import { UsageError } from "../usage.ts";

/** Seconds; the file does not change during a replay. */
const TTL = 86_400;

/** Names of addresses from a file, and perhaps from DNS. */
export interface Names {
  readonly dns: DnsResolver;
  /** Writes the names that DNS gave to the file. */
  save(): void;
}

/**
 * Reads `--names FILE`: an object of addresses, each with its confirmed names, e.g.
 * `{"66.249.66.1": ["crawl-66-249-66-1.googlebot.com"]}`; an empty list refutes every claim. An address
 * that the file does not have proves nothing and refutes nothing, unless `resolver` looks it up.
 * Throws a UsageError.
 *
 * @param resolver looks up names that the file does not have @default they are unknown
 */
export function openNames(file: string, resolver?: DnsResolver): Names {
  const table = readTable(file, resolver !== undefined);
  const addressOf = new Map([...table.keys()].map((address) => [reverseOf(address), address]));
  const added = new Map<string, string>();
  return {
    dns: {
      async lookUp(name, type, signal) {
        const known = look(table, addressOf, name, type);
        if (known.kind === "records" || resolver === undefined) return known;
        const answer = await resolver.lookUp(name, type, signal);
        if (answer.kind === "records") added.set(`${type} ${name}`, answer.values.join(" "));
        return answer;
      },
    },
    save() {
      if (added.size === 0) return;
      const all = { ...Object.fromEntries(table), ...confirmed(added) };
      writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
    },
  };
}

/** The resolver of this machine. */
export function machineNames(): DnsResolver {
  return nodeDns();
}

type Table = ReadonlyMap<string, readonly string[]>;

function readTable(file: string, mayLack: boolean): Table {
  if (mayLack && !existsSync(file)) return new Map();
  const text = readText(file);
  if (text === undefined) throw new UsageError(`can't read ${file}`);
  const table = parseJson(text);
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new UsageError(`${file} must be a JSON object of addresses, each with its names`);
  }
  return new Map(
    Object.entries(table as Record<string, unknown>).map(([address, value]) => {
      const names: unknown[] = Array.isArray(value) ? value : [value];
      if (parseIpAddress(address) === undefined || !names.every((name) => typeof name === "string"))
        throw new UsageError(`${file}: ${JSON.stringify(address)} is no address with names`);
      return [address, names.map(plain)];
    }),
  );
}

function look(
  table: Table,
  addressOf: ReadonlyMap<string, string>,
  name: string,
  type: "PTR" | "A" | "AAAA",
): DnsAnswer {
  if (type === "PTR") {
    const values = table.get(addressOf.get(name) ?? "");
    return values === undefined ? UNKNOWN : { kind: "records", values, ttl: TTL };
  }
  const wanted = plain(name);
  const values = [...table].filter(([, names]) => names.includes(wanted)).map(([at]) => at);
  return values.length === 0 ? UNKNOWN : { kind: "records", values, ttl: TTL };
}

function reverseOf(address: string): string {
  const ip = parseIpAddress(address);
  return ip === undefined ? "" : reverseName(ip);
}

/** Addresses with the names that lead back to them, from the answers of DNS. */
function confirmed(added: ReadonlyMap<string, string>): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [asked, values] of added) {
    const [type = "", name = ""] = asked.split(" ");
    if (type === "PTR") continue;
    for (const address of values.split(" ")) {
      const names =
        added
          .get(`PTR ${reverseOf(address)}`)
          ?.split(" ")
          .map(plain) ?? [];
      if (names.includes(plain(name))) (found[address] ??= []).push(plain(name));
    }
  }
  return found;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
