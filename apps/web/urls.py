"""The pages. Every address ends with a slash; a GET never changes anything."""

from django.urls import path

from .views import asking, containers, handovers, inbox, profile, requests, search, sessions, tasks, working

app_name = "web"

urlpatterns = [
    path("login/", sessions.sign_in, name="login"),
    path("logout/", sessions.sign_out, name="logout"),
    path("", inbox.show, name="inbox"),
    path("inbox/changes/", inbox.changes, name="inbox_changes"),
    path("inbox/take-next/", inbox.take_next, name="take_next"),
    path("tasks/<str:name>/", tasks.show, name="task"),
    path("tasks/<str:name>/timeline/", tasks.show_timeline, name="task_timeline"),
    path("tasks/<str:name>/notes/", tasks.note, name="task_notes"),
    path("tasks/<str:name>/follow/", tasks.follow, name="task_follow"),
    path("tasks/<str:name>/take-over/", tasks.take_over, name="task_take_over"),
    path("tasks/<str:name>/retry/", tasks.retry, name="task_retry"),
    path("tasks/<str:name>/reopen/", tasks.reopen, name="task_reopen"),
    path("tasks/<str:name>/cancel/", tasks.cancel, name="task_cancel"),
    path("tasks/<str:name>/move/", tasks.move, name="task_move"),
    path("tasks/<str:name>/edit/", working.edit, name="task_edit"),
    path("tasks/<str:name>/ask/", asking.ask, name="task_ask"),
    path("handovers/<str:id>/submit/", handovers.submit, name="handover_submit"),
    path("handovers/<str:id>/draft/", handovers.draft, name="handover_draft"),
    path("handovers/<str:id>/claim/", handovers.claim, name="handover_claim"),
    path("handovers/<str:id>/release/", handovers.release, name="handover_release"),
    path("handovers/<str:id>/decline/", handovers.decline, name="handover_decline"),
    path("handovers/<str:id>/delegate/", handovers.delegate, name="handover_delegate"),
    path("handovers/<str:id>/withdraw/", handovers.withdraw, name="handover_withdraw"),
    path("requests/", requests.show_list, name="requests"),
    path("requests/mine/", requests.show_mine, name="my_requests"),
    path("requests/<str:key>/sent/", requests.show_receipt, name="request_sent"),
    path("requests/<str:slug>/<str:name>/", requests.form, name="request_form"),
    path("containers/", containers.show_list, name="containers"),
    path("containers/new/", containers.new, name="container_new"),
    path("containers/<str:slug>/", containers.show_board, name="container"),
    path("containers/<str:slug>/changes/", containers.changes, name="container_changes"),
    path("containers/<str:slug>/list/", containers.show_table, name="container_list"),
    path("containers/<str:slug>/settings/", containers.settings, name="container_settings"),
    path("containers/<str:slug>/members/", containers.put_member, name="container_members"),
    path(
        "containers/<str:slug>/members/<str:reference>/remove/",
        containers.delete_member,
        name="container_member_remove",
    ),
    path("containers/<str:slug>/tasks/new/", working.new, name="container_new_task"),
    path("search/", search.show, name="search"),
    path("notifications/", search.show, name="notifications"),  # until the list of notifications is there
    path("profile/", profile.show, name="profile"),
]
