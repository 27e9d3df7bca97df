// Invokes a handler with each event that the parent process sends, as the runtime of Lambda does, and sends back its result.
import { pathToFileURL } from 'node:url';

const { handler } = await import(pathToFileURL(process.argv[2]).href);
process.on('message', (event) => {
  Promise.resolve(handler(event, { awsRequestId: 'test' })).then(
    ({ statusCode, body }) => process.send({ statusCode, body }),
    (error) => process.send({ error: error.message }),
  );
});
process.send('ready');
