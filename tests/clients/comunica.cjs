// Asks Comunica each of the jobs on standard input; argument 1 is the folder it is installed in.
const { readFileSync } = require('node:fs');
const installed = require.resolve('@comunica/query-sparql', { paths: [process.argv[2]] });
const { QueryEngine } = require(installed);

async function textOf(stream) {
  const parts = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

async function answer(engine, job) {
  const requests = [];
  const watched = (input, options) => {
    requests.push(String(input.url ?? input));
    return fetch(input, options);
  };
  try {
    const result = await engine.query(job.text, { sources: [job.source], fetch: watched });
    const type = result.resultType === 'quads'
      ? 'application/n-triples' : 'application/sparql-results+json';
    const { data } = await engine.resultToString(result, type);
    return { body: await textOf(data), requests };
  } catch (error) {
    return { error: String(error.stack ?? error), requests };
  }
}

async function main() {
  const answers = [];
  const engine = new QueryEngine();
  for (const job of JSON.parse(readFileSync(0, 'utf8'))) {
    answers.push(await answer(engine, job));
    await engine.invalidateHttpCache(); // what one job found out is no news to the next
  }
  process.stdout.write(JSON.stringify(answers));
}

main();
