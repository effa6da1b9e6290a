import { BROWSER, type Attack } from "../attack.ts";

const feature = "documents";
const list = (bytes: number) => () => ({ target: `/size/${bytes}` });

export const documentAttacks: readonly Attack[] = [
  {
    feature,
    name: "llms-full.txt again and again",
    request: () => ({ target: "/llms-full.txt" }),
    plain: list(2_000_000),
  },
  {
    feature,
    name: "llms-full.txt of invented directories",
    request: (n) => ({ target: `/pages/x${n}/llms-full.txt` }),
    plain: list(2500),
  },
  {
    feature,
    name: "llms.txt again and again",
    request: () => ({ target: "/llms.txt" }),
    plain: list(50_000),
  },
  {
    feature,
    name: "llms.txt with a new query each",
    request: (n) => ({ target: `/llms.txt?${n}` }),
    plain: list(50_000),
  },
  {
    feature,
    name: "llms.txt of invented directories",
    request: (n) => ({ target: `/pages/x${n}/llms.txt` }),
    plain: list(2500),
  },
  {
    feature,
    name: "llms.txt of invented hosts",
    rules: { originHost: "public", publicOrigin: undefined },
    request: (n) => ({ target: "/llms.txt", fields: { host: `h${n}.example` } }),
    plain: list(2500),
  },
  {
    feature,
    name: "llms-full.txt of invented hosts",
    rules: { originHost: "public", publicOrigin: undefined },
    request: (n) => ({ target: "/llms-full.txt", fields: { host: `h${n}.example` } }),
    plain: list(2500),
  },
  {
    feature,
    name: "llms.txt of invented hosts, not sent to the origin server",
    rules: { publicOrigin: undefined },
    request: (n) => ({ target: "/llms.txt", fields: { host: `h${n}.example` } }),
    plain: list(2500),
  },
  {
    feature,
    name: "pages of invented hosts",
    rules: { originHost: "public", publicOrigin: undefined },
    request: (n) => ({ target: "/pages/1", fields: { ...BROWSER, host: `h${n}.example` } }),
    plain: () => ({ target: "/pages/1" }),
  },
];
