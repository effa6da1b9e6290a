import { statSync } from "node:fs";
import {
  CertificateError,
  loadCertificates,
  type CertificatePair,
} from "../../runtime/node/tls/certificates.ts";
import type { Log } from "../../telemetry/log.ts";
import { readText } from "../rules-file.ts";
import { parseNumber, UsageError, wrongValue } from "../usage.ts";
import { watchFiles } from "./watch-files.ts";

/** The options of TLS. */
export interface TlsChoice {
  /** Paths. */
  readonly files: readonly { readonly cert: string; readonly key: string }[];
  /** The value of `Strict-Transport-Security`. */
  readonly hsts: string | undefined;
  /** The listener that redirects to https. */
  readonly redirect: { readonly port: number; readonly acmeFolder: string | undefined } | undefined;
}

/** The values of the options. */
interface TlsValues {
  readonly "tls-cert"?: readonly string[] | undefined;
  readonly "tls-key"?: readonly string[] | undefined;
  readonly hsts?: string | undefined;
  readonly "redirect-http"?: string | undefined;
  readonly "acme-webroot"?: string | undefined;
}

/** Reads the options of TLS; undefined without a certificate. Throws a UsageError. */
export function readTls(values: TlsValues): TlsChoice | undefined {
  const { "tls-cert": certs = [], "tls-key": keys = [], hsts } = values;
  const { "redirect-http": redirect, "acme-webroot": acmeFolder } = values;
  if (certs.length !== keys.length)
    throw new UsageError(
      "--tls-cert and --tls-key belong together: give one key for each certificate",
    );
  if (certs.length === 0) {
    const lone = (["hsts", "redirect-http", "acme-webroot"] as const).find(
      (name) => values[name] !== undefined,
    );
    if (lone !== undefined) throw new UsageError(`--${lone} needs --tls-cert and --tls-key`);
    return undefined;
  }
  if (hsts !== undefined && !isHsts(hsts))
    throw wrongValue("--hsts", 'a value such as "max-age=31536000; includeSubDomains"', hsts);
  if (acmeFolder !== undefined && redirect === undefined)
    throw new UsageError("--acme-webroot needs --redirect-http 80");
  if (
    acmeFolder !== undefined &&
    statSync(acmeFolder, { throwIfNoEntry: false })?.isDirectory() !== true
  )
    throw new UsageError(`--acme-webroot: ${acmeFolder} is not a folder`);
  return {
    files: certs.map((cert, i) => ({ cert, key: keys[i] as string })),
    hsts,
    redirect:
      redirect === undefined
        ? undefined
        : { port: parseNumber("--redirect-http", redirect, 1, 65_535), acmeFolder },
  };
}

/** RFC 6797 §6.1. */
function isHsts(text: string): boolean {
  return /^max-age=\d{1,10}(?:; ?includeSubDomains)?(?:; ?preload)?$/i.test(text);
}

/** Reads the certificates of the options. Throws a UsageError if one is missing or faulty. */
export function readCertificates({ files }: TlsChoice): CertificatePair[] {
  const pairs = files.map(({ cert, key }) => ({
    cert: readPem(cert),
    key: readPem(key),
    names: { cert, key },
  }));
  try {
    loadCertificates(pairs);
  } catch (error) {
    if (error instanceof CertificateError) throw new UsageError(error.message);
    throw error;
  }
  return pairs;
}

function readPem(path: string): string {
  const text = readText(path);
  if (text === undefined) throw new UsageError(`can't read ${path}`);
  return text;
}

/** Milliseconds. */
const DAY = 86_400_000;

/** Days before its end at which a certificate is worth a warning; certbot renews at 30. */
const LAST_DAYS = 10;

/**
 * Puts certificates in force whenever their files change, and on demand. Faulty files change
 * nothing. Also logs, each day, that a certificate expires soon.
 *
 * @param use puts them in force
 */
export function followCertificates(
  choice: TlsChoice,
  use: (pairs: readonly CertificatePair[]) => void,
  log: Log,
): { readonly reload: () => void; readonly stop: () => Promise<void> } {
  const last = (pairs: readonly CertificatePair[]): void => {
    for (const pair of pairs) {
      const { expires } = loadCertificates([pair]);
      if (expires - Date.now() > LAST_DAYS * DAY) continue;
      log.warn("certificate-expires", {
        file: pair.names.cert,
        at: new Date(expires).toISOString(),
      });
    }
  };
  let inForce = readCertificates(choice);
  last(inForce);
  const reload = (): void => {
    try {
      const pairs = readCertificates(choice);
      use(pairs);
      inForce = pairs;
      log.info("certificates-loaded", { files: pairs.map(({ names }) => names.cert) });
      last(pairs);
    } catch (error) {
      const { message } = error as Error;
      log.warn("certificates-refused", { error: message, effect: "the old ones remain in force" });
    }
  };
  const paths = choice.files.flatMap(({ cert, key }) => [cert, key]);
  const watch = watchFiles(() => paths, reload);
  const daily = setInterval(() => last(inForce), DAY).unref();
  return {
    reload,
    stop: async () => {
      clearInterval(watch);
      clearInterval(daily);
    },
  };
}
