/** A Go module, and the files of licences that were found in it. */
export interface LicensedModule {
  readonly path: string;
  readonly version: string;
  /** Names of files within the module that are AGPL. */
  readonly agpl: readonly string[];
  /** How many files of licences were read. */
  readonly licences: number;
}

/** Modules whose makers put them under the AGPL, whatever a file in them says; with all that lies below them. */
export const AGPL_MODULES: readonly string[] = [
  'github.com/grafana/grafana',
  'github.com/grafana/k6',
  'github.com/grafana/loki',
  'github.com/grafana/mimir',
  'github.com/grafana/oncall',
  'github.com/grafana/phlare',
  'github.com/grafana/pyroscope',
  'github.com/grafana/tempo',
  'github.com/minio/mc',
  'github.com/minio/minio',
  'go.k6.io/k6',
];

/** Its heading, or its short name. Within a line the Mozilla licence names it too, as one that it gives way to. */
const AGPL = /\bAGPL\b|^\W*GNU AFFERO GENERAL PUBLIC LICENSE\W*$/im;

/** Whether a text is the AGPL, or puts something under it. */
export function isAgpl(text: string): boolean {
  return AGPL.test(text);
}

/** The modules of that list that a text names, such as a script or a recipe. */
export function agplModulesIn(text: string): string[] {
  return AGPL_MODULES.filter((name) => new RegExp(`${name.replaceAll('.', '\\.')}(?![\\w-])`).test(text));
}

/** What must not be built, a sentence each: by its name, by its licence, and where no licence was found to read. */
export function refusedModules(program: string, modules: readonly LicensedModule[]): string[] {
  if (modules.length === 0) return [`${program} tells of no modules that it was built of`];
  return modules.flatMap(({ path, version, agpl, licences }) => {
    const about = `${program} is built of ${path} ${version}`;
    return [
      ...(agplModulesIn(path).length > 0 ? [`${about}, which is AGPL`] : []),
      ...agpl.map((file) => `${about}, whose ${file} is the AGPL`),
      ...(licences === 0 ? [`${about}, which has no licence`] : []),
    ];
  });
}
