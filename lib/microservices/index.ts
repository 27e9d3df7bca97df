export { openMicroservices } from './open-microservices.js';
