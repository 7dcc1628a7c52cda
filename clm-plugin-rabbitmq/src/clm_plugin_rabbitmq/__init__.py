"""The backend `rabbitmq`: jobs run by workers on any number of machines."""
