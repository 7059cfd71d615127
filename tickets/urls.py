"""Addresses of tickets."""

from django.urls import URLPattern, path

from tickets.views import ask, page, queue, steps

app_name = "tickets"
urlpatterns: list[URLPattern] = [
    path("", queue.queue, name="queue"),
    path("news/", queue.queue_news, name="queue-news"),
    path("take/", queue.take, name="take"),
    path("new/", ask.ask, name="ask"),
    path("new/<slug:slug>/", ask.ask_form, name="ask-form"),
    path("mine/", ask.mine, name="mine"),
    path("<int:number>/", page.ticket, name="ticket"),
    path("<int:number>/asked/", ask.asked, name="ticket-asked"),
    path("<int:number>/reply/", steps.reply, name="ticket-reply"),
    path("<int:number>/note/", steps.note, name="ticket-note"),
    path("<int:number>/assign/", steps.assign, name="ticket-assign"),
    path("<int:number>/on-it/", steps.on_it, name="ticket-on-it"),
    path("<int:number>/wait/", steps.wait, name="ticket-wait"),
    path("<int:number>/resume/", steps.resume, name="ticket-resume"),
    path("<int:number>/resolve/", steps.resolve, name="ticket-resolve"),
    path("<int:number>/reopen/", steps.reopen, name="ticket-reopen"),
    path("<int:number>/close/", steps.close, name="ticket-close"),
    path("<int:number>/cancel/", steps.cancel, name="ticket-cancel"),
]
