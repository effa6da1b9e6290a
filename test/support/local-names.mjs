// Preloaded into a proxy: it knows no name but its own machine's. Without this, a proxy would end only
// after the lookups of address lists, which a machine without a network answers after seconds.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

const { lookup } = dns;
dns.lookup = (name, ...rest) => {
  if (/^(?:[\d.]+|.*:.*|(?:.*\.)?localhost)$/.test(name)) return lookup(name, ...rest);
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" });
  process.nextTick(rest.at(-1), error);
  return undefined;
};
syncBuiltinESMExports();
