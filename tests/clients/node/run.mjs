// Runs one task of one client and prints what came: node run.mjs CLIENT TASK BASE_URL API_KEY MODEL

const [client, task, ...served] = process.argv.slice(2);
const tasks = await import(`./${client}.mjs`);
process.stdout.write(JSON.stringify(await tasks[task](...served)));
