// Sources and sinks of events.
