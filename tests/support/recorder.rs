//! A subscriber that records spans and events.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// A layer that records spans and events.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Default)]
pub struct Recorded {
    pub spans: Vec<Span>,
    /// The index of each open span.
    pub places: HashMap<Id, usize>,
    /// Events outside of a span.
    pub strays: Vec<Recording>,
}

#[derive(Clone)]
pub struct Span {
    pub name: &'static str,
    pub target: String,
    pub level: Level,
    pub fields: Fields,
    pub parent: Option<&'static str>,
    pub events: Vec<Recording>,
    pub is_closed: bool,
}

/// An event.
#[derive(Clone)]
pub struct Recording {
    pub target: String,
    pub level: Level,
    pub fields: Fields,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(pub BTreeMap<String, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl Recorder {
    /// Records this thread at every level, until the guard is dropped.
    pub fn start() -> (Self, DefaultGuard) {
        let recorder = Self::default();
        let subscriber = tracing_subscriber::registry().with(recorder.clone());
        (recorder, tracing::subscriber::set_default(subscriber))
    }

    pub fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap()
    }

    /// The spans of this crate.
    pub fn spans(&self) -> Vec<Span> {
        self.recorded().spans.iter().filter(|span| span.target.starts_with("mantago")).cloned().collect()
    }

    /// The one span of this crate.
    #[track_caller]
    pub fn span(&self) -> Span {
        let spans = self.spans();
        assert_eq!(spans.len(), 1, "spans");
        spans[0].clone()
    }
}

impl Span {
    /// The events of this crate, without those of hyper.
    pub fn events(&self) -> Vec<&Recording> {
        self.events.iter().filter(|event| event.target.starts_with("mantago")).collect()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let metadata = attributes.metadata();
        let parent = context.span(id).and_then(|span| span.parent()).map(|parent| parent.name());
        let mut recorded = self.recorded();
        let place = recorded.spans.len();
        recorded.places.insert(id.clone(), place);
        recorded.spans.push(Span {
            name: metadata.name(),
            target: metadata.target().to_owned(),
            level: *metadata.level(),
            fields,
            parent,
            events: Vec::new(),
            is_closed: false,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut recorded = self.recorded();
        let place = recorded.places[id];
        values.record(&mut recorded.spans[place].fields);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let id = context.event_span(event).map(|span| span.id());
        let event =
            Recording { target: event.metadata().target().to_owned(), level: *event.metadata().level(), fields };
        let mut recorded = self.recorded();
        match id.map(|id| recorded.places[&id]) {
            Some(place) => recorded.spans[place].events.push(event),
            None => recorded.strays.push(event),
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let mut recorded = self.recorded();
        let place = recorded.places[&id];
        recorded.spans[place].is_closed = true;
    }
}
