mod bodies;
mod encoder;
mod round_trip;
mod vectors;
