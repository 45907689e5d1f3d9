"""How weights follow their gradients: optimizers, schedules, stopping rules and class weights."""
