import type { Finding } from '../finding.js';
import { copyFindings } from './api-copies.js';
import { engineFindings } from './engines.js';
import type { Facts } from './facts.js';
import { isPackageManager } from './facts.js';
import { packagesIn } from './packages.js';
import { pipelineFindings, problemsOf } from './pipelines.js';

/** The findings about one process. */
export async function diagnose(facts: Facts): Promise<Finding[]> {
  const packages = packagesIn(facts.packages);
  return [
    ...copyFindings(facts, packages),
    ...lateFindings(facts),
    ...(await pipelineFindings(facts)),
    ...(facts.propagator ? [{ of: 'propagation', says: facts.propagator }] : []),
    ...(facts.contextManager ? [{ of: 'context', says: facts.contextManager }] : []),
    ...problemsOf(facts, [...facts.problems, ...facts.boxProblems]).map(problemFinding),
    ...engineFindings(facts, packages),
  ];
}

// Instrumentations see only modules that are loaded after them.
function lateFindings({ early, providers }: Facts): Finding[] {
  if (early.length === 0 || Object.keys(providers).length === 0) return [];
  return [
    {
      of: 'OpenTelemetry',
      says: `the SDK started when ${early.join(', ')} had been loaded: instrumentations miss what was loaded before them`,
      fix: 'have the file that starts the SDK loaded first: `node --import ./telemetry.js app.js`',
    },
  ];
}

/** The sentence of `describe()` that has no fix: a box does not keep what disabled it. */
const DISABLED = 'The box is disabled: ';

/** Splits a sentence of `describe()` into its subject, the problem, and, after the first semicolon, the fix. */
function problemFinding(problem: string): Finding {
  if (problem.startsWith(DISABLED))
    return {
      of: 'signalbox',
      says: problem,
      fix: 'unset OTEL_SDK_DISABLED, which switches off the SDK and every box; else do not call `box.disable()`',
    };
  const [, of = 'signalbox', rest = problem] = /^(\w+): (.*)$/s.exec(problem) ?? [];
  const at = rest.indexOf('; ');
  // A sentence without a fix is about the app's code, and only its author can find the fix.
  const fix = at < 0 ? 'look at `String(box.describe())` in the app' : rest.slice(at + 2);
  return { of, says: at < 0 ? rest : rest.slice(0, at), fix };
}

/** The processes of the app: those with telemetry or an engine, else all but package managers, else all. */
export function appsOf(all: readonly Facts[]): readonly Facts[] {
  const telling = all.filter(
    ({ packages, providers, apiVersion }) =>
      packages.length > 0 || apiVersion !== undefined || Object.keys(providers).length > 0,
  );
  const apps = all.filter((facts) => !isPackageManager(facts));
  if (telling.length > 0) return telling;
  return apps.length > 0 ? apps : all;
}
