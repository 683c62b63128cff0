import type { Finding } from '../finding.js';
import type { Facts } from './facts.js';
import type { Package } from './packages.js';

const API = '@opentelemetry/api';
const SDK = /^@opentelemetry\/(sdk-|auto-instr)/;
/** Packages whose major version is the SDK line. */
const LINE = /^@opentelemetry\/(sdk-trace|sdk-trace-base|sdk-trace-node|sdk-metrics|core)$/;

/** Which OpenTelemetry the app has, and whether all copies of its api reach it. */
export function copyFindings(facts: Facts, packages: readonly Package[]): Finding[] {
  return [...lineFinding(facts, packages), ...apiFindings(facts, packages)];
}

function lineFinding({ apiVersion }: Facts, packages: readonly Package[]): Finding[] {
  const sdks = packages.filter(({ name }) => SDK.test(name));
  const majors = new Set(
    packages.filter(({ name }) => LINE.test(name)).map(({ version }) => version.split('.')[0]),
  );
  if (sdks.length > 0) {
    const list = [...new Set(sdks.map(({ name, version }) => `${name} ${version}`))].join(', ');
    return [
      {
        of: 'OpenTelemetry',
        says: `line ${[...majors].map((major) => `${major}.x`).join(' and ')} (${list})`,
      },
    ];
  }
  if (apiVersion === undefined)
    return [
      {
        of: 'OpenTelemetry',
        says: 'no SDK was loaded',
        fix: 'start one before the app, as by `node --import @opentelemetry/auto-instrumentations-node/register app.js`',
      },
    ];
  return [
    {
      of: 'OpenTelemetry',
      says: `something is registered with the api ${apiVersion}, but no package of an SDK was loaded: the SDK is a vendor's, or bundled`,
    },
  ];
}

function apiFindings({ apiVersion, otherApis }: Facts, packages: readonly Package[]): Finding[] {
  const copies = packages.filter(({ name }) => name === API);
  const findings = copies.map(({ version, folder }): Finding => {
    const of = `${API} ${version}`;
    if (apiVersion === undefined || reaches(version, apiVersion)) return { of, says: folder };
    return {
      of,
      says: `this copy (${folder}) does not reach what is registered with version ${apiVersion}: all telemetry through it is lost`,
      fix: `have one copy: \`npm ls ${API}\` shows which package brings which copy; give the SDK's packages and the app's the same version, then \`npm dedupe\``,
    };
  });
  for (const major of otherApis)
    findings.push({
      of: API,
      says: `something is registered with an api of line ${major}, which code that uses line 1 does not see`,
      fix: `have one copy of line 1: \`npm ls ${API}\` shows which package brings which copy`,
    });
  return findings;
}

/** Whether a copy of the api uses the registrations of another copy: that must be of the same line and not older. */
export function reaches(own: string, registered: string): boolean {
  if (own === registered) return true;
  const [major, minor] = own.split('.').map(Number);
  const [otherMajor, otherMinor] = registered.split('.').map(Number);
  if (own.includes('-') || registered.includes('-') || major !== otherMajor) return false;
  return (minor ?? 0) <= (otherMinor ?? 0);
}
