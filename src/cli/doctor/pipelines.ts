import type { Finding } from '../finding.js';
import type { ExporterFacts, Facts, Pipeline, ProviderFacts } from './facts.js';
import { refusalFix } from './refusals.js';

/** The names of pipelines in `describe()`. */
const CALLED: Readonly<Record<Pipeline, string>> = { traces: 'spans', logs: 'logs', metrics: 'metrics' };

/** The real problems. After the app has shut its SDK down, sentences about pipelines mean nothing, because parts of the SDK are gone. */
export function problemsOf(
  { providers }: Pick<Facts, 'providers'>,
  problems: readonly string[],
): readonly string[] {
  if (!Object.values(providers).some(({ isShut }) => isShut)) return problems;
  return problems.filter(
    (problem) => !Object.values(CALLED).some((called) => problem.startsWith(`${called}: `)),
  );
}

/** The parts of each pipeline, and whether the test signal reached its end. */
export async function pipelineFindings(facts: Facts): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [pipeline, called] of Object.entries(CALLED)) {
    const provider = facts.providers[pipeline as Pipeline];
    if (!provider) continue;
    findings.push({ of: called, says: standing(provider) });
    // A problem about the pipeline already names the cause of a lost test signal.
    const isTold = problemsOf(facts, facts.problems).some((problem) => problem.startsWith(`${called}: `));
    if (!isTold) findings.push(...(await endings(called, provider, facts)));
  }
  return findings;
}

function standing({ name, since, processors, sampler }: ProviderFacts): string {
  const parts = [
    `${name}, ${since} ms after the start`,
    ...(sampler ? [`sampler ${sampler}`] : []),
    ...(processors ? [processors.length > 0 ? `to ${processors.join(', ')}` : 'to nothing'] : []),
  ];
  return parts.join(', ');
}

async function endings(
  called: string,
  { isShut, sampler, exporters }: ProviderFacts,
  { tested, isSampled }: Facts,
): Promise<Finding[]> {
  const open = (why: string): Finding[] => [
    { of: called, says: `${why}: not known whether the test signal arrives`, isOpen: true },
  ];
  if (isShut) return open("shut down before the doctor's test signal");
  if (!tested) return open("the process ended before the doctor's test signal");
  if (called === CALLED.traces && !isSampled)
    return [
      {
        of: called,
        says: `the sampler${sampler ? ` (${sampler})` : ''} took none of many test spans`,
        fix: 'choose another, as by OTEL_TRACES_SAMPLER',
      },
    ];
  if (exporters.length === 0) return open('its exporters can not be seen');
  return Promise.all(exporters.map((exporter) => ending(called, exporter)));
}

async function ending(called: string, exporter: ExporterFacts): Promise<Finding> {
  const { name, url, given, answer, error } = exporter;
  const to = `${name}${url ? ` to ${url}` : ''}`;
  if (!given)
    return {
      of: called,
      says: `the test signal did not come to ${to}`,
      fix: `a processor or reader before it holds it back (or a view drops it): let the scope \`signalbox\` through`,
    };
  if (answer === 'taken') return { of: called, says: `the test signal arrived: ${to} says so` };
  const why = answer === 'refused' ? `refused it${error ? ` (${error})` : ''}` : 'gave no answer within 4 s';
  return { of: called, says: `the test signal is lost: ${to} ${why}`, fix: await refusalFix(exporter) };
}
