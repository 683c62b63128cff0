import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
}

const { groups } = parse(readFileSync('deploy/prometheus/rules/signalbox.yml', 'utf8')) as Rules;

/** The alerts of our rules: a Prometheus mostly has those of others too. */
export const ALERTS: string = `alertname=~"${groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)).join('|')}"`;
